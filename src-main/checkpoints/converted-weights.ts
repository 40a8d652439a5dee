/**
 * Checkpoints converted once to a narrow form, kept in a cache: phones stream from the converted file, which holds what their buffers
 * hold. A file is named after what it was made from and after its own content, so that it is never mistaken for another's, and one that
 * was damaged is noticed and made again. Files are written whole; two processes that make the same one put the same bytes in place.
 */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { partialPath, removeLeft } from '#main/machine/partial-files.ts'
import { ownFolder } from '#main/machine/private-files.ts'
import { type MatrixForm, elementCount } from '#main/engine/onnx/graph.ts'
import { INT4_BLOCK, packs } from '#main/engine/operators/frozen-weight.ts'
import type { WeightSpec } from '#main/models/architectures/architecture.ts'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { encoderWeights } from '#main/models/model.ts'
import { type FrozenWeights, STORED_AS, isMatrix, narrow, packInt4 } from '#main/models/precision.ts'
import { type Checkpoint, openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { type TensorInfo, scaleName, scaleOf } from '#main/models/safetensors/format.ts'
import { TensorNames, withoutWrappers } from '#main/models/tensor-names.ts'
import { orInputError } from '#main/machine/positioned-io.ts'
import { type TensorToWrite, writeSafetensors } from '#main/models/safetensors/write.ts'

/** Part of every name: another number where the same checkpoint would be converted otherwise. */
const CONVERSION = 2

const READ_BYTES = 2 ** 22

/**
 * The weights of `checkpoint` in `form`, converted if there is no sound conversion yet.
 * @param cache directory of conversions, made if need be
 * @throws InputError for a checkpoint that can't be read or has values that the form can't hold, or a cache that can't be written
 */
export function frozenWeights(checkpoint: string, form: MatrixForm, cache: string): FrozenWeights {
  if (form === 'fp32') return { form, file: null }
  using source = openCheckpoint(checkpoint)
  const layers = form === 'int4' ? linearLayers(checkpoint, source) : NO_LAYERS
  if ([...source.tensors.keys()].every((name) => !changes(source, name, form, layers))) return { form, file: null }
  orInputError(cache, 'a directory for converted weights that can be written', () => ownFolder(cache))
  removeLeft(cache)
  const made = `${form}-${CONVERSION}-${digestOf(source.paths)}`
  return { form, file: soundFile(cache, made) ?? convert(source, form, layers, cache, made) }
}

/** Matrices of linear layers, by their names in a checkpoint. */
type LinearLayers = ReadonlyMap<string, NonNullable<WeightSpec['linear']>>

const NO_LAYERS: LinearLayers = new Map()

/** Lists the linear layers that int4 packs: those of the blocks and the pooler. */
function linearLayers(checkpoint: string, source: Checkpoint): LinearLayers {
  const config = readConfig(checkpoint)
  const architecture = architectures[config.modelType]!
  const specs = encoderWeights(architecture, config)
  const names = new TensorNames(architecture, config, source.tensors, checkpoint)
  return new Map(specs.flatMap(({ name, linear }) => (linear && packs(linear.inFeatures) ? [[names.nameOf(name), linear] as const] : [])))
}

/** Finds a conversion whose content still matches its name; others of that name are removed. */
function soundFile(cache: string, made: string): string | null {
  for (const name of readdirSync(cache)) {
    if (!name.startsWith(`${made}-`)) continue
    const path = join(cache, name)
    if (name === nameOf(made, digestOf([path]))) return path
    rmSync(path, { force: true })
  }
  return null
}

function convert(source: Checkpoint, form: MatrixForm, layers: LinearLayers, cache: string, made: string): string {
  const partial = partialPath(join(cache, made))
  try {
    writeSafetensors(partial, converted(source, form, layers))
    const path = join(cache, nameOf(made, digestOf([partial])))
    orInputError(path, 'a directory for converted weights that can be written', () => {
      try {
        renameSync(partial, path)
      } catch (error) {
        // Windows refuses to replace a file that a phone has open: another process was faster, with the same bytes.
        if (!existsSync(path)) throw error
      }
    })
    return path
  } finally {
    rmSync(partial, { force: true })
  }
}

/** Matrices in the form, with their scales; everything else as it is. The classifier stays too: it is trained. */
function* converted(source: Checkpoint, form: MatrixForm, layers: LinearLayers): Generator<[string, TensorToWrite]> {
  for (const [name, tensor] of source.tensors) {
    const { dtype, shape, byteLength } = tensor
    if (!changes(source, name, form, layers)) {
      // Scales of integers that are integers no more.
      if (isScaleOfChanged(source, name, form, layers)) continue
      const data = new Uint8Array(byteLength)
      source.readInto(name, data)
      yield [name, { dtype, shape, data }]
      continue
    }
    const [rows, columns] = shape as [number, number]
    const floats = new Float32Array(elementCount(shape))
    source.readFloats(name, floats)
    const linear = layers.get(name)
    if (linear) {
      const blocks = linear.inFeatures / INT4_BLOCK
      const outFeatures = floats.length / linear.inFeatures
      const packed = { values: new Uint8Array(floats.length / 2), scales: new Float32Array(outFeatures * blocks) }
      packInt4(floats, linear, packed, `${source.directory}: tensor ${name}`)
      yield [name, { dtype: STORED_AS.int4, shape: [outFeatures, linear.inFeatures / 2], data: packed.values }]
      yield [scaleName(name), { dtype: 'F32', shape: [outFeatures, blocks], data: packed.scales }]
      continue
    }
    const values = form === 'fp16' ? new Uint16Array(floats.length) : new Int8Array(floats.length)
    const byRow = form !== 'fp16'
    const scales = new Float32Array(byRow ? rows : 0)
    narrow(floats, columns, { values, scales }, `${source.directory}: tensor ${name}`)
    yield [name, { dtype: byRow ? 'I8' : STORED_AS[form], shape, data: new Uint8Array(values.buffer) }]
    if (byRow) yield [scaleName(name), { dtype: 'F32', shape: [rows], data: scales }]
  }
}

/** True if the form stores the tensor differently than the checkpoint does. */
function changes(source: Checkpoint, name: string, form: MatrixForm, layers: LinearLayers): boolean {
  const { dtype, shape } = source.tensors.get(name)!
  const wanted = form === 'int4' && !layers.has(name) ? STORED_AS.int8 : STORED_AS[form]
  if (!isMatrix(shape) || shape.includes(0) || /^(classifier|score)\./.test(withoutWrappers(name)) || dtype === wanted) return false
  return dtype === 'I8' ? scaleOf(source.tensors, name) !== null : FLOATS.has(dtype)
}

const FLOATS = new Set<TensorInfo['dtype']>(['F32', 'F16', 'BF16'])

function isScaleOfChanged(source: Checkpoint, name: string, form: MatrixForm, layers: LinearLayers): boolean {
  const of = name.slice(0, -scaleName('').length)
  return name === scaleName(of) && source.tensors.get(of)?.dtype === 'I8' && changes(source, of, form, layers)
}

function nameOf(made: string, digest: string): string {
  return `${made}-${digest}.safetensors`
}

/** SHA-256 over the bytes of files one after another, 128 bits of it in hexadecimal digits. */
function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(READ_BYTES)
  for (const path of paths) {
    orInputError(path, 'a file that can be read', () => {
      const descriptor = openSync(path, 'r')
      try {
        for (let count = -1; count !== 0;) {
          count = readSync(descriptor, buffer)
          hash.update(buffer.subarray(0, count))
        }
      } finally {
        closeSync(descriptor)
      }
    })
  }
  return hash.digest('hex').slice(0, 32)
}
