/**
 * An adapter as PEFT saves it: `adapter_config.json` with rank, alpha and the names of the layers, and `adapter_model.safetensors` with
 * `base_model.model.<name>.lora_A.weight` [rank, in] and `.lora_B.weight` [out, rank].
 */
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { openFile } from './safetensors/checkpoint.ts'
import { readJsonObject } from './safetensors/json-file.ts'
import type { Checkpoint } from './safetensors/checkpoint.ts'

const CONFIG = 'adapter_config.json'
const WEIGHTS = 'adapter_model.safetensors'
const MAXIMUM_BYTES = 2 ** 20
const PREFIX = 'base_model.model.'

const only = <const T extends boolean | string>(value: T) =>
  v.nullish(v.literal(value, `${JSON.stringify(value)}: others are not supported`), value)

const ConfigFile = v.object({
  peft_type: v.literal('LORA', '"LORA", the only kind that is supported'),
  r: v.pipe(v.number('a rank'), v.safeInteger('a whole number'), v.minValue(1, 'a rank of at least 1')),
  lora_alpha: v.pipe(v.number('a number'), v.gtValue(0, 'a number above 0')),
  bias: only('none'),
  use_dora: only(false),
  use_rslora: only(false),
})

export class PeftAdapter implements Disposable {
  readonly directory: string
  readonly rank: number
  readonly alpha: number
  private readonly file: Checkpoint

  /** @throws InputError naming the file and the key that is wrong */
  constructor(directory: string) {
    this.directory = directory
    const path = join(directory, CONFIG)
    const content = v.safeParse(ConfigFile, readJsonObject(path, MAXIMUM_BYTES, 'the config of an adapter that PEFT saved'))
    if (!content.success) {
      const [issue] = content.issues
      const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
      throw new InputError(`${path}:${v.getDotPath(issue)}`, found, issue.message)
    }
    this.rank = content.output.r
    this.alpha = content.output.lora_alpha
    this.file = openFile(join(directory, WEIGHTS))
  }

  /** @param name of a trained tensor under its Hugging Face name, `...lora_A.weight` say */
  has(name: string): boolean {
    return this.file.tensors.has(PREFIX + name)
  }

  /** @throws InputError if it has another shape */
  read(name: string, shape: readonly number[], out: Float32Array): void {
    const found = this.file.tensors.get(PREFIX + name)!.shape
    if (found.join() !== shape.join()) {
      throw new InputError(
        `${this.directory}: tensor ${PREFIX}${name}`,
        `has shape [${found.join(', ')}]`,
        `shape [${shape.join(', ')}] for this model and rank`,
      )
    }
    this.file.readFloats(PREFIX + name, out)
  }

  /** Names of its tensors without PEFT's prefix. */
  get names(): string[] {
    return [...this.file.tensors.keys()].map((name) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name))
  }

  [Symbol.dispose](): void {
    this.file.close()
  }
}
