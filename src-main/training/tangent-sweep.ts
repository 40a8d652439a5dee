/**
 * Exact directional derivatives of one batch's loss in one pass over the weights, by forward-mode differentiation: no probe size, no
 * backward pass, and nothing kept beyond the layer at hand. Per layer the values are computed once and serve the tangents of all
 * directions, so K directions cost little more than K + 1 forward passes, where two-point probes cost 2 K.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Arena } from '#main/engine/arena.ts'
import { flops, sizeOf } from '#main/engine/onnx/flops.ts'
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { type Feeds, GraphSession, type Results } from '#main/engine/runtime/session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type BatchShape, dimensions } from '#main/models/flops.ts'
import { blockTangents, classifierTangents, embedForward } from '#main/models/graphs.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import type { Combination, Combiner } from './directions/combination.ts'
import type { ParameterLayout } from './parameters.ts'
import { SEQUENCES_PER_CALL, chunked, embed, inputDims } from './sweep.ts'

export interface TangentResult {
  /** [N] cross-entropy of every row at the parameters themselves. */
  readonly losses: Float32Array
  /** Per direction, the derivative of every row's loss along it [N]. */
  readonly derivatives: Float32Array[]
}

/** One part of the model: its values, and the tangents that follow from them; of a block, where its input moves and where it rests. */
interface Part {
  readonly graphs: Linearised
  readonly values: GraphSession
  readonly tangents: readonly { readonly session: GraphSession; readonly output: string }[]
}

export class TangentSweep implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly layout: ParameterLayout
  private readonly arena: Arena
  private readonly embedSession: GraphSession
  private readonly block: Part
  private readonly head: Part
  private readonly buffers: Float32Array[] = []

  private constructor(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    arena: Arena,
    embedSession: GraphSession,
    block: Part,
    head: Part,
  ) {
    this.model = model
    this.weights = weights
    this.layout = layout
    this.arena = arena
    this.embedSession = embedSession
    this.block = block
    this.head = head
  }

  static async create(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    adapter: BlockAdapter | null,
    classes: number,
    arena: Arena,
  ): Promise<TangentSweep> {
    const { architecture, config } = model
    const open = async (graphs: Linearised, name: string): Promise<Part> => {
      const values = await GraphSession.create(graphs.primal, name)
      const tangents: Part['tangents'][number][] = []
      for (const graph of graphs.tangents) {
        tangents.push({ session: await GraphSession.create(graph, `${name}-tangents`), output: graph.outputs[0]!.name })
      }
      return { graphs, values, tangents }
    }
    const embedSession = await GraphSession.create(embedForward(architecture, config), 'embed')
    const block = await open(blockTangents(architecture, config, adapter), 'block')
    const head = await open(classifierTangents(architecture, config, classes), 'head')
    return new TangentSweep(model, weights, layout, arena, embedSession, block, head)
  }

  /** @param values theta [d] @param combiner resolves the directions */
  async run(batch: Batch, values: Float32Array, directions: readonly Combination[], combiner: Combiner): Promise<TangentResult> {
    const { sequences, tokens } = batch
    const { hiddenSize, layers } = this.model.config
    const chunks = chunked(directions, Math.max(1, Math.floor(SEQUENCES_PER_CALL / sequences)))
    const dims = [1, sequences, tokens, hiddenSize]
    const length = sequences * tokens * hiddenSize
    const [state, output] = [this.buffer(0, length), this.buffer(1, length)]
    const spare = this.buffer(2, length * (chunks[0]?.length ?? 0))
    const moving = chunks.map((chunk, i) => this.buffer(3 + i, chunk.length * length).fill(0))

    /** Runs a part at `state`, then the tangents of every chunk. @param into where the values and one chunk's tangents go */
    const through = async (
      layer: number,
      part: Part,
      inputs: Feeds,
      into: { readonly output: Feeds[string]; readonly tangents: Float32Array } | null,
      take: (tangents: Float32Array, chunk: number) => void,
    ): Promise<Results> => {
      combiner.beginLayer(layer)
      const feeds = { x: { data: state, dims }, ...inputs, ...this.trainable(layer, values) }
      const residuals = this.residuals(part.graphs, batch, 3 + chunks.length)
      const results = await part.values.run(feeds, into ? { ...residuals, output: into.output } : residuals)
      const { session, output: name } = layer === 0 ? part.tangents.at(-1)! : part.tangents[0]!
      for (const [i, chunk] of chunks.entries()) {
        const x = { data: moving[i]!, dims: [chunk.length, ...dims] }
        const mark = this.arena.mark()
        const own = { ...feeds, ...residuals, 'd x': x, ...this.tangents(layer, chunk, combiner) }
        const tangents = await session.run(own, into ? { [name]: { data: into.tangents.subarray(0, x.data.length), dims: x.dims } } : {})
        this.arena.release(mark)
        take(tangents[name]!.data, i)
      }
      return results
    }

    state.set(await embed(this.model, this.weights, this.embedSession, batch))
    const mask = { data: batch.mask, dims: [sequences, 1, 1, tokens] }
    const into = { output: { data: output, dims }, tangents: spare }
    for (let layer = 0; layer < layers; layer++) {
      await through(layer, this.block, { mask, ...this.weights.block(layer) }, into, (tangents, i) => moving[i]!.set(tangents))
      state.set(output)
    }
    const derivatives: Float32Array[] = []
    const labels = { data: batch.labels, dims: [sequences] }
    const { losses } = await through(layers, this.head, { labels, ...this.weights.pooler() }, null, (slopes) => {
      for (let k = 0; k < slopes.length; k += sequences) derivatives.push(slopes.slice(k, k + sequences))
    })
    return { losses: losses!.data, derivatives }
  }

  /**
   * What `run` costs in forward passes of the same batch: floating-point operations of the matrix products over theirs in one pass. A
   * tangent takes a little more than a pass where both factors move (attention, adapters) and less where one rests (first block).
   */
  forwardPasses(batch: BatchShape, directions: number): number {
    const sizes = { ...dimensions(batch, 1), K: directions }
    const [block, head] = [this.block.graphs, this.head.graphs]
    const later = this.model.config.layers - 1
    const onePass = (later + 1) * flops(block.primal, sizes) + flops(head.primal, sizes)
    const tangents = flops(block.tangents.at(-1)!, sizes) + later * flops(block.tangents[0]!, sizes) + flops(head.tangents[0]!, sizes)
    return 1 + tangents / onePass
  }

  [Symbol.dispose](): void {
    const parts = [this.block, this.head].flatMap(({ values, tangents }) => [values, ...tangents.map(({ session }) => session)])
    for (const session of [this.embedSession, ...parts]) session[Symbol.dispose]()
  }

  /** The trainable tensors of `layer`, read in place. */
  private trainable(layer: number, values: Float32Array): Feeds {
    return Object.fromEntries(
      this.layout.byLayer[layer]!.map((parameter) => {
        const { offset, size, input } = parameter
        return [input, { data: values.subarray(offset, offset + size), dims: inputDims(parameter, 1) }]
      }),
    )
  }

  /** The part of each direction that lies in `layer`, in the arena. */
  private tangents(layer: number, directions: readonly Combination[], combiner: Combiner): Feeds {
    return Object.fromEntries(
      this.layout.byLayer[layer]!.map((parameter) => {
        const { size, input } = parameter
        const data = this.arena.floats(directions.length * size).fill(0)
        directions.forEach((direction, k) => combiner.add(direction, parameter, data.subarray(k * size, (k + 1) * size), 1))
        return [`d ${input}`, { data, dims: [directions.length, ...inputDims(parameter, 1)] }]
      }),
    )
  }

  /** Arrays for what a part's values leave to its tangents; all layers use the same. */
  private residuals({ residuals }: Linearised, batch: BatchShape, from: number): Record<string, { data: Float32Array; dims: number[] }> {
    const sizes = dimensions(batch, 1)
    return Object.fromEntries(
      residuals.map(({ name, shape }, i) => {
        const dims = shape.map((dimension) => sizeOf(dimension, sizes))
        const length = elementCount(dims)
        return [name, { data: this.buffer(from + i, length), dims }]
      }),
    )
  }

  /** Array `index` of those kept between runs, so that a run leaves no garbage of their size. */
  private buffer(index: number, length: number): Float32Array {
    if ((this.buffers[index]?.length ?? -1) < length) this.buffers[index] = new Float32Array(length)
    return this.buffers[index]!.subarray(0, length)
  }
}
