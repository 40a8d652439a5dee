/** The weights of a Hugging Face model directory: one `model.safetensors`, or the shards that `model.safetensors.index.json` names. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import type { TensorInfo, TensorSource } from './format.ts'
import { readJsonObject } from './json-file.ts'
import { openSafetensors } from './read.ts'
import type { SafetensorsFile } from './read.ts'
import type { Widen } from './widen-in-place.ts'

const SINGLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
/** Weights in other formats, of another precision than the usual one, or shards without their index. */
const OTHER_WEIGHTS = /\.(bin|bin\.index\.json|h5|msgpack|pth?|ckpt|gguf|onnx)$|^(?!adapter_).*\.safetensors(\.index\.json)?$/
const MAXIMUM_INDEX_BYTES = 64 * 2 ** 20
const MAXIMUM_SHARDS = 1024

const Index = v.object({
  weight_map: v.pipe(
    v.record(v.string(), v.string()),
    v.check((map) => Object.keys(map).length > 0, 'an empty weight_map'),
  ),
})

/** Opens the weights under `directory`; throws InputError saying what to provide where there are none. */
export function openCheckpoint(directory: string): Checkpoint {
  const single = join(directory, SINGLE)
  if (existsSync(single)) return openFile(single)
  if (existsSync(join(directory, INDEX))) return openShards(directory)
  throw missing(directory)
}

/** Opens one safetensors file as a whole checkpoint. @throws InputError if it isn't one */
export function openFile(path: string): Checkpoint {
  const file = openSafetensors(path)
  return new Checkpoint(dirname(path), new Map([...file.tensors.keys()].map((name) => [name, file])))
}

export class Checkpoint implements TensorSource {
  readonly directory: string
  readonly tensors: ReadonlyMap<string, TensorInfo>
  private readonly fileOf: ReadonlyMap<string, SafetensorsFile>

  /** `fileOf` gives the open file that holds each tensor; the checkpoint closes them. */
  constructor(directory: string, fileOf: ReadonlyMap<string, SafetensorsFile>) {
    this.directory = directory
    this.fileOf = fileOf
    this.tensors = new Map([...fileOf].map(([name, file]) => [name, file.tensors.get(name) as TensorInfo]))
  }

  readInto(name: string, out: Uint8Array | Float32Array, elementOffset?: number, elementCount?: number): void {
    this.find(name).readInto(name, out, elementOffset, elementCount)
  }

  readFloats(name: string, out: Float32Array, elementOffset?: number, widen?: Widen): void {
    this.find(name).readFloats(name, out, elementOffset, widen)
  }

  /** The paths of the files that hold the weights, in a fixed order. */
  get paths(): string[] {
    return [...new Set([...this.fileOf.values()].map(({ path }) => path))].sort()
  }

  close(): void {
    for (const file of new Set(this.fileOf.values())) file.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  private find(name: string): SafetensorsFile {
    const file = this.fileOf.get(name)
    if (!file) throw new InputError(this.directory, `no tensor ${name}`, 'a checkpoint that has it')
    return file
  }
}

function openShards(directory: string): Checkpoint {
  const indexPath = join(directory, INDEX)
  const content = v.safeParse(Index, readJsonObject(indexPath, MAXIMUM_INDEX_BYTES, 'the index of a sharded checkpoint'))
  if (!content.success) throw new InputError(indexPath, content.issues[0].message, '{"weight_map": {TENSOR: SHARD}}')
  const names = Object.entries(content.output.weight_map)

  const shards = new Map<string, SafetensorsFile>()
  const fileOf = new Map<string, SafetensorsFile>()
  try {
    for (const [tensor, shard] of names) {
      const file = shards.get(shard) ?? openShard(directory, indexPath, shard, shards)
      if (!file.tensors.has(tensor)) throw new InputError(file.path, `no tensor ${tensor}`, `it here, as ${INDEX} says`)
      fileOf.set(tensor, file)
    }
  } catch (error) {
    for (const file of shards.values()) file.close()
    throw error
  }
  return new Checkpoint(directory, fileOf)
}

function openShard(directory: string, indexPath: string, shard: string, shards: Map<string, SafetensorsFile>): SafetensorsFile {
  // A shard lies beside its index: a name that could lead elsewhere is refused whether or not something is there.
  if (!/^[\w.-]+\.safetensors$/.test(shard)) {
    throw new InputError(indexPath, `shard name ${JSON.stringify(shard)}`, 'a plain *.safetensors file name without folders')
  }
  if (shards.size >= MAXIMUM_SHARDS) throw new InputError(indexPath, `more than ${MAXIMUM_SHARDS} shards`, `at most ${MAXIMUM_SHARDS}`)
  const file = openSafetensors(join(directory, shard))
  shards.set(shard, file)
  return file
}

function missing(directory: string): InputError {
  const expected = `a Hugging Face model directory with ${SINGLE} or ${INDEX}, beside config.json and tokenizer.json`
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return new InputError(directory, 'no such directory', expected)
  const other = readdirSync(directory).find((name) => OTHER_WEIGHTS.test(name))
  if (!other) return new InputError(directory, 'no weights', expected)
  return new InputError(
    directory,
    `weights only as ${other}, which is not supported`,
    other.endsWith('.safetensors') || other.endsWith('.json')
      ? `${SINGLE}, or ${INDEX} beside its shards`
      : `${SINGLE}: convert them in Python, from_pretrained(DIR).save_pretrained(DIR, safe_serialization=True)`,
  )
}
