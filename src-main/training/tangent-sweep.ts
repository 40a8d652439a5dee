/**
 * Exact directional derivatives of one batch's loss in one pass over the weights, by forward-mode differentiation: no probe size, no
 * backward pass, and nothing kept beyond the layer at hand. Per layer the values are computed once and serve the tangents of all
 * directions, so K directions cost little more than K + 1 forward passes, where two-point probes cost 2 K.
 */
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

/** One part of the model: its values, and the tangents that follow from them. */
interface Part {
  readonly graphs: Linearised
  readonly values: GraphSession
  readonly tangents: GraphSession
}

export class TangentSweep implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly layout: ParameterLayout
  private readonly arena: Arena
  private readonly embedSession: GraphSession
  /** The first block, the others, the head. */
  private readonly parts: readonly [Part, Part, Part]
  private readonly buffers: Float32Array[] = []

  private constructor(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    arena: Arena,
    embedSession: GraphSession,
    parts: TangentSweep['parts'],
  ) {
    this.model = model
    this.weights = weights
    this.layout = layout
    this.arena = arena
    this.embedSession = embedSession
    this.parts = parts
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
    const open = async (graphs: Linearised, name: string): Promise<Part> => ({
      graphs,
      values: await GraphSession.create(graphs.primal, name),
      tangents: await GraphSession.create(graphs.tangents, `${name}-tangents`),
    })
    return new TangentSweep(model, weights, layout, arena, await GraphSession.create(embedForward(architecture, config), 'embed'), [
      await open(blockTangents(architecture, config, adapter, adapter === null), 'first-block'),
      await open(blockTangents(architecture, config, adapter), 'block'),
      await open(classifierTangents(architecture, config, classes), 'head'),
    ])
  }

  /** @param values theta [d] @param combiner resolves the directions */
  async run(batch: Batch, values: Float32Array, directions: readonly Combination[], combiner: Combiner): Promise<TangentResult> {
    const { sequences, tokens } = batch
    const { hiddenSize, layers } = this.model.config
    const [first, block, head] = this.parts
    const chunks = chunked(directions, Math.max(1, Math.floor(SEQUENCES_PER_CALL / sequences)))
    const dims = [1, sequences, tokens, hiddenSize]
    const length = sequences * tokens * hiddenSize
    const [state, output] = [this.buffer(0, length), this.buffer(1, length)]
    const spare = this.buffer(2, length * (chunks[0]?.length ?? 0))
    const moving = chunks.map((chunk, i) => this.buffer(3 + i, chunk.length * length).fill(0))

    /** Runs a part at `state`, then the tangents of every chunk. @param outputs where the values go @param take receives the tangents */
    const through = async (
      layer: number,
      part: Part,
      inputs: Feeds,
      outputs: Feeds,
      take: (tangents: Results, chunk: number) => void,
    ): Promise<Results> => {
      combiner.beginLayer(layer)
      const feeds = { x: { data: state, dims }, ...inputs, ...this.trainable(layer, values) }
      const residuals = this.residuals(part.graphs, batch, 3 + chunks.length)
      const results = await part.values.run(feeds, { ...residuals, ...outputs })
      for (const [i, chunk] of chunks.entries()) {
        const x = { data: moving[i]!, dims: [chunk.length, ...dims] }
        const into = outputs['output'] ? { 'd output': { data: spare.subarray(0, x.data.length), dims: x.dims } } : {}
        const mark = this.arena.mark()
        take(await part.tangents.run({ ...feeds, ...residuals, 'd x': x, ...this.tangents(layer, chunk, combiner) }, into), i)
        this.arena.release(mark)
      }
      return results
    }

    state.set(await embed(this.model, this.weights, this.embedSession, batch))
    const mask = { data: batch.mask, dims: [sequences, 1, 1, tokens] }
    for (let layer = 0; layer < layers; layer++) {
      const part = layer === 0 ? first : block
      await through(layer, part, { mask, ...this.weights.block(layer) }, { output: { data: output, dims } }, (tangents, i) =>
        moving[i]!.set(tangents['d output']!.data),
      )
      state.set(output)
    }
    const derivatives: Float32Array[] = []
    const labels = { data: batch.labels, dims: [sequences] }
    const { losses } = await through(layers, head, { labels, ...this.weights.pooler() }, {}, (tangents) => {
      const slopes = tangents['d losses']!.data
      for (let k = 0; k < slopes.length; k += sequences) derivatives.push(slopes.slice(k, k + sequences))
    })
    return { losses: losses!.data, derivatives }
  }

  /**
   * What `run` costs in forward passes of the same batch: floating-point operations of the matrix products over theirs in one pass. A
   * tangent takes a little more than a pass where both factors move (attention, adapters) and less where none does (first block).
   */
  forwardPasses(batch: BatchShape, directions: number): number {
    const sizes = { ...dimensions(batch, 1), K: directions }
    const [first, block, head] = this.parts.map(({ graphs }) => [flops(graphs.primal, sizes), flops(graphs.tangents, sizes)] as const)
    const total = (i: 0 | 1): number => first![i] + (this.model.config.layers - 1) * block![i] + head![i]
    return 1 + total(1) / total(0)
  }

  [Symbol.dispose](): void {
    this.embedSession[Symbol.dispose]()
    for (const { values, tangents } of this.parts) {
      values[Symbol.dispose]()
      tangents[Symbol.dispose]()
    }
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
        const length = dims.reduce((product, d) => product * d, 1)
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
