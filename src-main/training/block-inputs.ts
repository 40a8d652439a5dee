/** Caches the block inputs that depend only on the number of tokens, for as long as that number stays the same. */
import type { BlockInputs } from '#main/models/architectures/architecture.ts'
import type { Model } from '#main/models/model.ts'

export class BlockInputsCache {
  private readonly model: Pick<Model, 'architecture' | 'config'>
  private kept: { readonly tokens: number; readonly inputs: BlockInputs } = { tokens: 0, inputs: {} }

  constructor(model: Pick<Model, 'architecture' | 'config'>) {
    this.model = model
  }

  of(tokens: number): BlockInputs {
    const { architecture, config } = this.model
    if (this.kept.tokens !== tokens) this.kept = { tokens, inputs: architecture.blockInputs?.(config, tokens) ?? {} }
    return this.kept.inputs
  }
}
