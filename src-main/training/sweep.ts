/**
 * Forward passes of one batch at many points near the parameters in one pass over the weights: the points ride in the leading dimension
 * of the activations, so each block's weights are read once for all of them (as long as their hidden states are few megabytes).
 */
import { Arena } from '#main/engine/arena.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { blockForward, classifierForward, embedForward } from '#main/models/graphs.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import type { Combination, Combiner } from './directions/combination.ts'
import { type Parameter, type ParameterLayout } from './parameters.ts'
import { type Call, SEQUENCES_PER_CALL, callsOf, groupSizes } from './sweep-plan.ts'

export { SEQUENCES_PER_CALL }

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

export class Sweep implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly layout: ParameterLayout
  private readonly classes: number
  private readonly embedSession: GraphSession
  private readonly blockSession: GraphSession
  private readonly headSession: GraphSession
  private readonly arena: Arena
  private readonly buffers = new Map<string, Float32Array>()

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
    const rows = points.length * batch.sequences
    const result = { losses: new Float32Array(rows), logits: new Float32Array(rows * this.classes) }
    let done = 0
    for (const size of groupSizes(this.model.config, batch, points.length)) {
      await this.pass(batch, values, points.slice(done, done + size), combiner, {
        losses: result.losses.subarray(done * batch.sequences),
        logits: result.logits.subarray(done * batch.sequences * this.classes),
      })
      done += size
    }
    return result
  }

  /** One pass over the weights. @param out rows of these points first */
  private async pass(batch: Batch, values: Float32Array, points: readonly Point[], combiner: Combiner, out: SweepResult): Promise<void> {
    const { layers } = this.model.config
    const { sequences, tokens } = batch
    const calls = callsOf(this.model.config, batch, points.length)
    const states = await this.embedded(batch, points.length)

    for (let layer = 0; layer < layers; layer++) {
      const weights = this.weights.block(layer)
      combiner.beginLayer(layer)
      for (const call of calls) {
        const x = this.rowsOf(states, batch, call)
        const mask = { data: part(batch.mask, call, tokens), dims: [call.sequences, 1, 1, tokens] }
        const mark = this.arena.mark()
        const displaced = this.displaced(layer, values, points.slice(call.from, call.to), combiner)
        // In place: the output depends on every use of x, so nothing reads x once it is being written.
        await this.blockSession.run({ x, mask, ...weights, ...displaced }, { output: x })
        this.arena.release(mark)
      }
    }

    combiner.beginLayer(layers)
    for (const call of calls) {
      const labels = { data: part(batch.labels, call, 1), dims: [call.sequences] }
      const mark = this.arena.mark()
      const head = this.displaced(layers, values, points.slice(call.from, call.to), combiner)
      const { losses, logits } = await this.headSession.run({
        x: this.rowsOf(states, batch, call),
        labels,
        ...this.weights.pooler(),
        ...head,
      })
      this.arena.release(mark)
      const row = call.from * sequences + call.first
      out.losses.set(losses!.data, row)
      out.logits.set(logits!.data, row * this.classes)
    }
  }

  /** The embedding part's output, once per point: [copies, N S H]. */
  private async embedded(batch: Batch, copies: number): Promise<Float32Array> {
    const { sequences, tokens } = batch
    const { hiddenSize } = this.model.config
    const states = this.buffer('states', copies * sequences * tokens * hiddenSize)
    for (const call of callsOf(this.model.config, batch, 1)) {
      const ids = part(batch.ids, call, tokens)
      const feeds = embeddingFeeds(this.model, this.weights, { ids, tokens }, (table, length) => this.buffer(table, length))
      const data = part(states, call, tokens * hiddenSize)
      await this.embedSession.run(feeds, { output: { data, dims: [ids.length, hiddenSize] } })
    }
    const once = sequences * tokens * hiddenSize
    for (let i = 1; i < copies; i++) states.copyWithin(i * once, 0, once)
    return states
  }

  /** What a call works on, as [P, N, S, H]. */
  private rowsOf(states: Float32Array, { sequences, tokens }: Batch, call: Call): { data: Float32Array; dims: number[] } {
    const { hiddenSize } = this.model.config
    const width = tokens * hiddenSize
    const start = (call.from * sequences + call.first) * width
    const copies = call.to - call.from
    return { data: states.subarray(start, start + copies * call.sequences * width), dims: [copies, call.sequences, tokens, hiddenSize] }
  }

  /** An array kept between runs, so that a run leaves no garbage of its size. */
  private buffer(name: string, length: number): Float32Array {
    let kept = this.buffers.get(name)
    if (!kept || kept.length < length) this.buffers.set(name, (kept = new Float32Array(length)))
    return kept.subarray(0, length)
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
  const layerBytes = layout.byLayer.map((parameters) => parameters.reduce((sum, { size }) => sum + Arena.sizeOf(4 * size * copies), 0))
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

/** Inputs of the embedding graph: one row of each table per token. @param place gives the array for rows of a table @default fresh ones */
export function embeddingFeeds(
  { config, architecture }: Model,
  weights: Weights,
  { ids, tokens }: Pick<Batch, 'ids' | 'tokens'>,
  place: (table: string, length: number) => Float32Array = (_, length) => new Float32Array(length),
): Feeds {
  const dims = [ids.length, config.hiddenSize]
  const [words, positions, types] = architecture.embeddingWeights(config)
  const rows = (table: string, indices: Int32Array): Feeds[string] => {
    const data = place(table, ids.length * config.hiddenSize)
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

/** The elements of an array of `width` per sequence that belong to a call's sequences. */
function part<T extends Float32Array | Int32Array | BigInt64Array>(values: T, { first, sequences }: Call, width: number): T {
  return values.subarray(first * width, (first + sequences) * width) as T
}

export function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
