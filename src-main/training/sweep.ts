/**
 * Forward passes of one batch at many points near the parameters, all in one pass over the weights: the points ride in the leading
 * dimension of the activations, so each block's weights are read once however many points there are.
 */
import type { Arena } from '#main/engine/arena.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { blockForward, classifierForward, embedForward } from '#main/models/graphs.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import type { Combination, Combiner } from './directions/combination.ts'
import { type Parameter, type ParameterLayout } from './parameters.ts'

/** parameters + scale * direction; without a direction the parameters themselves. */
export interface Point {
  readonly direction: Combination | null
  readonly scale: number
}

export interface SweepResult {
  /** [points, N] cross-entropy of every row. */
  readonly losses: Float32Array
  /** [points, N, C] */
  readonly logits: Float32Array
}

/** More sequences than this in one call of a graph gain nothing and cost memory. */
export const SEQUENCES_PER_CALL = 32

export class Sweep implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly layout: ParameterLayout
  private readonly classes: number
  private readonly embedSession: GraphSession
  private readonly blockSession: GraphSession
  private readonly headSession: GraphSession
  private readonly arena: Arena
  private readonly buffers: Float32Array[] = []

  private constructor(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    classes: number,
    arena: Arena,
    sessions: readonly [GraphSession, GraphSession, GraphSession],
  ) {
    this.model = model
    this.weights = weights
    this.layout = layout
    this.classes = classes
    this.arena = arena
    ;[this.embedSession, this.blockSession, this.headSession] = sessions
  }

  static async create(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    adapter: BlockAdapter | null,
    classes: number,
    arena: Arena,
  ): Promise<Sweep> {
    const { architecture, config } = model
    return new Sweep(model, weights, layout, classes, arena, [
      await GraphSession.create(embedForward(architecture, config), 'embed'),
      await GraphSession.create(blockForward(architecture, config, adapter), 'block'),
      await GraphSession.create(classifierForward(architecture, config, classes), 'head'),
    ])
  }

  /** @param values theta [d] @param combiner resolves the directions of `points` */
  async run(batch: Batch, values: Float32Array, points: readonly Point[], combiner: Combiner): Promise<SweepResult> {
    const { sequences, tokens } = batch
    const { hiddenSize, layers } = this.model.config
    const chunks = chunked(points, Math.max(1, Math.floor(SEQUENCES_PER_CALL / sequences)))
    const embedded = await embed(this.model, this.weights, this.embedSession, batch)
    const states = chunks.map((chunk, i) => tiled(embedded, chunk.length, this.buffer(i, embedded.length * chunk.length)))
    const spare = this.buffer(chunks.length, states[0]!.length)
    const mask = { data: batch.mask, dims: [sequences, 1, 1, tokens] }

    for (let layer = 0; layer < layers; layer++) {
      const weights = this.weights.block(layer)
      combiner.beginLayer(layer)
      for (const [i, chunk] of chunks.entries()) {
        const dims = [chunk.length, sequences, tokens, hiddenSize]
        const x = states[i]!
        const output = spare.subarray(0, x.length)
        const mark = this.arena.mark()
        const displaced = this.displaced(layer, values, chunk, combiner)
        await this.blockSession.run({ x: { data: x, dims }, mask, ...weights, ...displaced }, { output: { data: output, dims } })
        this.arena.release(mark)
        x.set(output)
      }
    }

    const losses = new Float32Array(points.length * sequences)
    const logits = new Float32Array(points.length * sequences * this.classes)
    combiner.beginLayer(layers)
    let done = 0
    for (const [i, chunk] of chunks.entries()) {
      const x = { data: states[i]!, dims: [chunk.length, sequences, tokens, hiddenSize] }
      const labels = { data: batch.labels, dims: [sequences] }
      const mark = this.arena.mark()
      const head = this.displaced(layers, values, chunk, combiner)
      const result = await this.headSession.run({ x, labels, ...this.weights.pooler(), ...head })
      this.arena.release(mark)
      losses.set(result['losses']!.data, done * sequences)
      logits.set(result['logits']!.data, done * sequences * this.classes)
      done += chunk.length
    }
    return { losses, logits }
  }

  /** Array `index` of those kept between runs, so that a run leaves no garbage of their size. */
  private buffer(index: number, length: number): Float32Array {
    if ((this.buffers[index]?.length ?? 0) < length) this.buffers[index] = new Float32Array(length)
    return this.buffers[index]!.subarray(0, length)
  }

  [Symbol.dispose](): void {
    for (const session of [this.embedSession, this.blockSession, this.headSession]) session[Symbol.dispose]()
  }

  /** The trainable tensors of `layer`, one copy per point, each moved along its point's direction. */
  private displaced(layer: number, values: Float32Array, points: readonly Point[], combiner: Combiner): Feeds {
    return Object.fromEntries(
      this.layout.byLayer[layer]!.map((parameter) => {
        const { offset, size, input } = parameter
        const data = this.arena.floats(points.length * size)
        points.forEach(({ direction, scale }, p) => {
          const copy = data.subarray(p * size, (p + 1) * size)
          copy.set(values.subarray(offset, offset + size))
          if (direction) combiner.add(direction, parameter, copy, scale)
        })
        return [input, { data, dims: inputDims(parameter, points.length) }]
      }),
    )
  }
}

/** Bytes of an arena that the copies of one call take at most, for batches of `sequences`. */
export function displacedBytes(layout: ParameterLayout, sequences: number): number {
  const copies = Math.max(1, Math.floor(SEQUENCES_PER_CALL / sequences))
  const layerBytes = layout.byLayer.map((parameters) =>
    parameters.reduce((sum, { size }) => sum + Math.ceil((4 * size * copies) / 64) * 64, 0),
  )
  return Math.max(...layerBytes)
}

/** The shape in which a graph takes `copies` of a parameter. */
export function inputDims({ input, rows, columns }: Parameter, copies: number): number[] {
  return input.endsWith('.bias') ? [copies, columns] : [copies, rows, columns]
}

/** The embedding part's output [N S, H]. */
export async function embed(model: Model, weights: Weights, session: GraphSession, batch: Batch): Promise<Float32Array> {
  return (await session.run(embeddingFeeds(model, weights, batch)))['output']!.data
}

/** Inputs of the embedding graph: one row of each table per token. */
export function embeddingFeeds({ config, architecture }: Model, weights: Weights, { ids, tokens }: Batch): Feeds {
  const dims = [ids.length, config.hiddenSize]
  const [words, positions, types] = architecture.embeddingWeights(config)
  const rows = (table: string, indices: Int32Array): Feeds[string] => {
    const data = new Float32Array(ids.length * config.hiddenSize)
    weights.embeddingRows(table, indices, data)
    return { data, dims }
  }
  return {
    words: rows(words!.name, ids),
    positions: rows(
      positions!.name,
      ids.map((_, i) => i % tokens),
    ),
    types: rows(types!.name, new Int32Array(ids.length)),
    ...weights.embeddingNorm(),
  }
}

function tiled(values: Float32Array, copies: number, out: Float32Array): Float32Array {
  for (let i = 0; i < copies; i++) out.set(values, i * values.length)
  return out
}

export function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
