/**
 * Names of a checkpoint's tensors as its file has them: with the prefix of the architecture or without, below the wrappers that PyTorch puts
 * around a model (`module.` of data parallelism, `_orig_mod.` of compilation), in the words of early checkpoints.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { type Architecture, fullName } from './architectures/architecture.ts'
import type { ModelConfig } from './model-config.ts'

/** Names that other checkpoints use for a weight. */
const OTHERS: readonly (readonly [usual: RegExp, other: string])[] = [
  [/LayerNorm\.weight$/, 'LayerNorm.gamma'],
  [/LayerNorm\.bias$/, 'LayerNorm.beta'],
  // The bias of the words is shared by two modules, of which a file may have either.
  [/^(cls\.predictions|predictions|lm_head)\.bias$/, '$1.decoder.bias'],
]

/** The name that a tensor has in a model that nothing is wrapped around. */
export function withoutWrappers(name: string): string {
  return name.replaceAll('_orig_mod.', '').replace(/^module\./, '')
}

export class TensorNames {
  private readonly architecture: Architecture
  private readonly prefix: string
  /** Maps names without wrappers to those of the file. */
  private readonly inFile: ReadonlyMap<string, string>

  /** @throws InputError if a weight is there twice */
  constructor(architecture: Architecture, config: ModelConfig, tensors: ReadonlyMap<string, unknown>, directory: string) {
    const inFile = new Map<string, string>()
    for (const name of tensors.keys()) {
      const plain = withoutWrappers(name)
      if (inFile.has(plain)) throw new InputError(directory, `the tensors ${inFile.get(plain)} and ${name}`, 'one of them')
      inFile.set(plain, name)
    }
    this.architecture = architecture
    this.inFile = inFile
    const first = architecture.embeddingWeights(config)[0]!.name
    const { prefix, otherPrefixes = [] } = architecture
    this.prefix = [prefix, ...otherPrefixes].find((own) => inFile.has(own + first)) ?? ''
  }

  /** @param name without the architecture's prefix */
  stored(name: string): string | null {
    const full = fullName(this.architecture, name, this.prefix)
    const names = [full, ...OTHERS.flatMap(([usual, other]) => (usual.test(full) ? [full.replace(usual, other)] : []))]
    return names.map((own) => this.inFile.get(own)).find((own) => own !== undefined) ?? null
  }

  /** Returns the name in the file, or the name it would have there. */
  nameOf(name: string): string {
    return this.stored(name) ?? fullName(this.architecture, name, this.prefix)
  }
}
