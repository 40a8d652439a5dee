/**
 * Backpropagation block by block, which hands out every layer's gradient as soon as it exists. The activations for the backward pass are kept or, with
 * checkpointing (Chen et al. 2016), computed again inside the block from its input and its last normalisation's input, which takes a fraction of the
 * memory and a third more time.
 */
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { type Feeds, GraphSession, type Results } from '#main/engine/runtime/onnx-session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type Trained, blockBackward, blockForward, blockGradients, embedBackward, embedForward } from '#main/models/graphs.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { BatchShape } from '#main/models/model-flops.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import type { GradientHead, HeadCall } from './heads/head.ts'
import { openGradientHead } from './heads/open-head.ts'
import { BlockInputsCache } from './block-inputs.ts'
import { type ResidualArrays, residualArrays } from './residual-arrays.ts'
import { embed, embeddingFeeds } from './embedding.ts'

/** Receives d(mean loss)/d(tensor); `layer` is the block, -1 for the embedding part, the number of blocks for the head. */
type GradientSink = (layer: number, input: string, gradient: Float32Array) => void

/** The activations that a block keeps for its backward pass: all that its gradients use, or the few that they can be recomputed from. */
export type Kept = 'everything' | 'checkpoints'

/** Computes a loss on top of the blocks' output [1, N, S, H]: the losses of the rows, and the gradients with respect to `x` and the head's tensors. */
export type HeadPass = (x: HeadCall['x']) => Promise<PassResult & { dx: Float32Array; gradients: Results }>

export interface PassResult {
  /** [N] */
  readonly losses: Float32Array
  /** [N, C] */
  readonly logits: Float32Array
  /** [N] the number of correct predictions in each row, for heads without classes. */
  readonly hits?: Float32Array | null
}

/** The two passes through a block: `backward` takes what `forward` returns beside `output`, and `first` computes no gradient of its input. */
interface BlockSessions {
  readonly forward: GraphSession
  readonly backward: GraphSession
  readonly first: GraphSession
  /** Returns the arrays into which `forward` writes the activations it keeps of a layer; null if it makes fresh arrays. */
  readonly arrays: ((layer: number, batch: BatchShape) => ResidualArrays) | null
}

export class Backprop implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly block: BlockSessions
  private readonly embedSession: GraphSession
  /** The backward pass of the embedding part; null if that isn't trained. */
  private readonly embedBackward: GraphSession | null
  private readonly head: GradientHead
  private readonly inputs: BlockInputsCache

  private constructor(
    model: Model,
    weights: Weights,
    block: BlockSessions,
    embedSession: GraphSession,
    embedBackwardSession: GraphSession | null,
    head: GradientHead,
  ) {
    this.model = model
    this.weights = weights
    this.block = block
    this.embedSession = embedSession
    this.embedBackward = embedBackwardSession
    this.head = head
    this.inputs = new BlockInputsCache(model)
  }

  static async create(
    model: Model,
    weights: Weights,
    adapter: BlockAdapter | null,
    head: HeadSpec,
    trained: Trained,
    kept: Kept = 'everything',
  ): Promise<Backprop> {
    const { architecture, config } = model
    const block =
      kept === 'everything'
        ? await keepingSessions(blockGradients(architecture, config, adapter, trained))
        : {
            forward: await GraphSession.create(blockForward(architecture, config, adapter, true), 'block'),
            backward: await GraphSession.create(blockBackward(architecture, config, adapter, trained), 'block-backward'),
            arrays: null,
            first: await GraphSession.create(
              blockBackward(architecture, config, adapter, trained, trained === 'all'),
              'first-block-backward',
            ),
          }
    return new Backprop(
      model,
      weights,
      block,
      await GraphSession.create(embedForward(architecture, config), 'embed'),
      trained === 'all' ? await GraphSession.create(embedBackward(architecture, config), 'embed-backward') : null,
      await openGradientHead(model, weights, head, trained),
    )
  }

  /**
   * Computes the gradients of a batch's mean loss.
   * @param trainable returns the feeds of a layer's adapter, or of the classifier for the number of blocks, each with one copy
   */
  gradients(batch: Batch, trainable: (layer: number) => Feeds, sink: GradientSink): Promise<PassResult> {
    const pass: HeadPass = (x) => this.head.run({ batch, x, weights: { ...this.weights.pooler(), ...trainable(this.model.config.layers) } })
    return this.run(batch, trainable, pass, sink)
  }

  async run(batch: Batch, trainable: (layer: number) => Feeds, head: HeadPass, sink: GradientSink): Promise<PassResult> {
    const { sequences, tokens } = batch
    const { layers, hiddenSize } = this.model.config
    const dims = [1, sequences, tokens, hiddenSize]
    const given = { mask: { data: batch.mask, dims: [sequences, 1, 1, tokens] }, ...this.inputs.of(tokens) }
    const kept: Feeds[] = []
    let x = await embed(this.model, this.weights, this.embedSession, batch)
    for (let layer = 0; layer < layers; layer++) {
      const input = { x: { data: x, dims } }
      const feeds = { ...input, ...given, ...this.weights.block(layer), ...trainable(layer) }
      const { output, ...left } = await this.block.forward.run(feeds, this.block.arrays?.(layer, batch))
      kept.push({ ...input, ...left })
      x = output!.data
    }

    const { losses, logits, hits = null, dx, gradients } = await head({ data: x, dims })
    emit(gradients, layers, sink)
    let dy = dx
    for (let layer = layers - 1; layer >= 0; layer--) {
      const session = layer === 0 && !this.embedBackward ? this.block.first : this.block.backward
      const feeds = { ...kept.pop()!, dy: { data: dy, dims }, ...given, ...this.weights.block(layer), ...trainable(layer) }
      const results = await session.run(feeds)
      emit(results, layer, sink)
      if (results['d x']) dy = results['d x'].data
    }
    if (this.embedBackward) {
      const feeds = { ...embeddingFeeds(this.model, this.weights, batch), dy: { data: dy, dims: [sequences * tokens, hiddenSize] } }
      emit(await this.embedBackward.run(feeds), -1, sink)
    }
    return { losses, logits, hits }
  }

  [Symbol.dispose](): void {
    const { forward, backward, first } = this.block
    for (const session of [forward, backward, first, this.embedSession, this.embedBackward, this.head]) session?.[Symbol.dispose]()
  }
}

/** Opens sessions that keep all activations. These are megabytes per layer, so the arrays are reused: fresh memory would cost as much as recomputing. */
async function keepingSessions(graphs: Linearised): Promise<BlockSessions> {
  const { primal, linear } = graphs
  const buffers = new Map<string, Float32Array>()
  const place = (name: string, length: number): Float32Array => {
    let kept = buffers.get(name)
    if (!kept || kept.length < length) buffers.set(name, (kept = new Float32Array(length)))
    return kept.subarray(0, length)
  }
  return {
    arrays: (layer, batch) => residualArrays(graphs, batch, (name, length) => place(`${layer} ${name}`, length)),
    forward: await GraphSession.create(primal, 'block'),
    backward: await GraphSession.create(linear[0]!, 'block-backward'),
    first: await GraphSession.create(linear[1]!, 'first-block-backward'),
  }
}

function emit(results: Results, layer: number, sink: GradientSink): void {
  for (const [name, { data }] of Object.entries(results)) {
    if (name.startsWith('d ') && name !== 'd x') sink(layer, name.slice(2), data)
  }
}
