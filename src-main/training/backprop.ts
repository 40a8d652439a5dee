/**
 * Backpropagation block by block: the forward pass keeps each block's input and its last normalisation's input; the backward pass
 * recomputes the rest inside the block (Chen et al. 2016) and hands out every layer's gradient as soon as it exists.
 */
import { type Feeds, GraphSession, type Results } from '#main/engine/runtime/session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type Trained, blockBackward, blockForward, classifierBackward, embedBackward, embedForward } from '#main/models/graphs.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import { embed, embeddingFeeds } from './sweep.ts'

/** Receives d(mean loss)/d(tensor); `layer` is the block, -1 for the embedding part, the number of blocks for the head. */
export type GradientSink = (layer: number, input: string, gradient: Float32Array) => void

/** A loss on top of the blocks: from their output [1, N, S, H] to the losses of the rows, the gradient to `x`, and to the head's tensors. */
export type HeadPass = (x: Feeds[string]) => Promise<{ losses: Float32Array; logits: Float32Array; dx: Float32Array; gradients: Results }>

export interface PassResult {
  /** [N] */
  readonly losses: Float32Array
  /** [N, C] */
  readonly logits: Float32Array
}

export class Backprop implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly trained: Trained
  private readonly sessions: Readonly<Record<'embed' | 'embedBackward' | 'block' | 'backward' | 'firstBackward', GraphSession>>
  private readonly classifier: GraphSession

  private constructor(model: Model, weights: Weights, trained: Trained, sessions: Backprop['sessions'], classifier: GraphSession) {
    this.model = model
    this.weights = weights
    this.trained = trained
    this.sessions = sessions
    this.classifier = classifier
  }

  static async create(model: Model, weights: Weights, adapter: BlockAdapter | null, classes: number, trained: Trained): Promise<Backprop> {
    const { architecture, config } = model
    const sessions = {
      embed: await GraphSession.create(embedForward(architecture, config), 'embed'),
      embedBackward: await GraphSession.create(embedBackward(architecture, config), 'embed-backward'),
      block: await GraphSession.create(blockForward(architecture, config, adapter, true), 'block'),
      backward: await GraphSession.create(blockBackward(architecture, config, adapter, trained), 'block-backward'),
      firstBackward: await GraphSession.create(
        blockBackward(architecture, config, adapter, trained, trained === 'all'),
        'first-block-backward',
      ),
    }
    const classifier = await GraphSession.create(classifierBackward(architecture, config, classes, trained), 'classifier-backward')
    return new Backprop(model, weights, trained, sessions, classifier)
  }

  /**
   * Gradients of the mean cross-entropy of a classification batch.
   * @param trainable feeds of the adapter of a layer, and of the classifier at the number of blocks, each with one copy
   */
  async classification(batch: Batch, trainable: (layer: number) => Feeds, sink: GradientSink): Promise<PassResult> {
    const { sequences } = batch
    const dLosses = { data: new Float32Array(sequences).fill(1 / sequences), dims: [1, sequences, 1] }
    const labels = { data: batch.labels, dims: [sequences] }
    const head: HeadPass = async (x) => {
      const feeds = { x, labels, dLosses, ...this.weights.pooler(), ...trainable(this.model.config.layers) }
      const gradients = await this.classifier.run(feeds)
      return { losses: gradients['losses']!.data, logits: gradients['logits']!.data, dx: gradients['d x']!.data, gradients }
    }
    return this.run(batch, trainable, head, sink)
  }

  async run(batch: Batch, trainable: (layer: number) => Feeds, head: HeadPass, sink: GradientSink): Promise<PassResult> {
    const { sequences, tokens } = batch
    const { layers, hiddenSize } = this.model.config
    const dims = [1, sequences, tokens, hiddenSize]
    const mask = { data: batch.mask, dims: [sequences, 1, 1, tokens] }
    const inputs: Float32Array[] = []
    const preNorms: Float32Array[] = []
    let x = await embed(this.model, this.weights, this.sessions.embed, batch)
    for (let layer = 0; layer < layers; layer++) {
      const feeds = { x: { data: x, dims }, mask, ...this.weights.block(layer), ...trainable(layer) }
      const { output, preNorm } = await this.sessions.block.run(feeds)
      inputs.push(x)
      preNorms.push(preNorm!.data)
      x = output!.data
    }

    const { losses, logits, dx, gradients } = await head({ data: x, dims })
    emit(gradients, layers, sink)
    let dy = dx
    for (let layer = layers - 1; layer >= 0; layer--) {
      const session = layer === 0 ? this.sessions.firstBackward : this.sessions.backward
      const results = await session.run({
        x: { data: inputs.pop()!, dims },
        preNorm: { data: preNorms.pop()!, dims: [sequences * tokens, hiddenSize] },
        dy: { data: dy, dims },
        mask,
        ...this.weights.block(layer),
        ...trainable(layer),
      })
      emit(results, layer, sink)
      if (results['d x']) dy = results['d x'].data
    }
    if (this.trained === 'all') {
      const feeds = { ...embeddingFeeds(this.model, this.weights, batch), dy: { data: dy, dims: [sequences * tokens, hiddenSize] } }
      emit(await this.sessions.embedBackward.run(feeds), -1, sink)
    }
    return { losses, logits }
  }

  [Symbol.dispose](): void {
    for (const session of [...Object.values(this.sessions), this.classifier]) session[Symbol.dispose]()
  }
}

function emit(results: Results, layer: number, sink: GradientSink): void {
  for (const [name, { data }] of Object.entries(results)) {
    if (name.startsWith('d ') && name !== 'd x') sink(layer, name.slice(2), data)
  }
}
