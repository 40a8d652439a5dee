/**
 * An adapter as PEFT saves it: `adapter_config.json`, and `adapter_model.safetensors` with `base_model.model.<module>.lora_A.weight` [rank, in]
 * and `.lora_B.weight` [out, rank], and whole weights that take the place of the base model's.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { type PeftConfig, readPeftConfig, scalingOf } from './peft-config.ts'
import { type Checkpoint, openFile } from './safetensors/checkpoint.ts'
import { withoutWrappers } from './tensor-names.ts'

const WEIGHTS = 'adapter_model.safetensors'
const LORA = /\.lora_[AB]\.weight$/

/** The part of a name that says which pass through ALBERT's one layer an adapter belongs to, and that layer, which is all that PEFT knows. */
const [PASS, SHARED] = [/encoder\.pass\.\d+\./, 'encoder.albert_layer_groups.0.albert_layers.0.']

export class PeftAdapter implements Disposable {
  readonly directory: string
  readonly config: PeftConfig
  readonly file: Checkpoint
  /** Maps names in the base model to names in the file. */
  private readonly inFile: ReadonlyMap<string, string>

  /**
   * @param prefix that the base model's names begin with, absent in adapters of the bare model
   * @throws InputError naming the file and the key that is wrong
   */
  constructor(directory: string, prefix = '') {
    this.directory = directory
    this.config = readPeftConfig(directory)
    const path = join(directory, WEIGHTS)
    if (!existsSync(path) && existsSync(join(directory, 'adapter_model.bin'))) {
      throw new InputError(directory, 'an adapter only as adapter_model.bin', `${WEIGHTS}: save it again with safe_serialization=True`)
    }
    this.file = openFile(path)
    try {
      this.inFile = plainNames(directory, [...this.file.tensors.keys()], prefix)
    } catch (error) {
      this.file.close()
      throw error
    }
  }

  /** @param name in the base model, `...lora_A.weight` say */
  has(name: string): boolean {
    return this.stored(name) !== null
  }

  /** Returns the name in the file, or null. */
  stored(name: string): string | null {
    return this.inFile.get(name) ?? this.inFile.get(name.replace(PASS, SHARED)) ?? null
  }

  /** Values of a tensor of LoRA, B times `factor`. @throws InputError if it has another shape */
  read(name: string, shape: readonly number[], out: Float32Array, factor = 1): void {
    const stored = this.stored(name)!
    const found = this.file.tensors.get(stored)!.shape
    if (found.join() !== shape.join()) {
      throw new InputError(
        `${this.directory}: tensor ${stored}`,
        `has shape [${found.join(', ')}]`,
        `shape [${shape.join(', ')}] for this model and rank`,
      )
    }
    this.file.readFloats(stored, out)
    if (factor !== 1 && name.endsWith('.lora_B.weight')) for (let i = 0; i < out.length; i++) out[i] = out[i]! * factor
  }

  /** Returns the factor for B of a tensor's module that makes alpha / rank of all modules equal `scale`. */
  factorOf(name: string, scale: number): number {
    return scalingOf(this.config, name.replace(LORA, '').replace(PASS, SHARED)).scale / scale
  }

  /** Names of its tensors in the base model. */
  get names(): string[] {
    return [...this.inFile.keys()]
  }

  [Symbol.dispose](): void {
    this.file.close()
  }
}

/** Names as the base model has them, whatever PEFT, its versions and PyTorch put around them. */
function plainNames(directory: string, found: readonly string[], prefix: string): Map<string, string> {
  const names = new Map<string, string>()
  for (const name of found) {
    // A wrapped module's own weight, which the trained one replaces.
    if (name.includes('.original_module.')) continue
    const inner = withoutWrappers(name)
      .replace(/^(base_model\.model\.)+/, '')
      .replace(/\.modules_to_save(\.[^.]+)?\.(weight|bias)$/, '.$2')
      .replace(/\.lora_([AB])\.[^.]+\.weight$/, '.lora_$1.weight')
      .replace('.base_layer.', '.')
    const plain = bare(inner, prefix) ? prefix + inner : inner
    if (names.has(plain)) throw new InputError(directory, `the tensors ${names.get(plain)} and ${name}`, 'one of them')
    names.set(plain, name)
  }
  return names
}

/** True if a name begins as names of blocks and embeddings do in models without their prefix. */
function bare(name: string, prefix: string): boolean {
  return prefix !== '' && !name.startsWith(prefix) && /^(embeddings|encoder|transformer\.layer|h|wte|layers|embed_tokens)\./.test(name)
}
