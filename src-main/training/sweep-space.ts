/** The parts that a sweep and a tangent sweep share: the model and its trained parameters, arrays kept between runs, the plan and the embedding. */
import type { Arena } from '#main/engine/arena.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { embedForward } from '#main/models/graphs.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import { BlockInputsCache } from './block-inputs.ts'
import { type Combination, lowestLayer } from './directions/combination.ts'
import { embeddingFeeds } from './embedding.ts'
import type { ParameterLayout } from './parameters.ts'
import { type BatchSize, type SweepCall, type SweepGroup, type SweepBudget, callsOf, groupsOf } from './sweep-plan.ts'

export class SweepSpace implements Disposable {
  readonly model: Model
  readonly weights: Weights
  readonly layout: ParameterLayout
  readonly arena: Arena
  private readonly budget: SweepBudget
  private readonly embedSession: GraphSession
  private readonly inputs: BlockInputsCache
  private readonly buffers = new Map<string, Float32Array>()

  private constructor(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    arena: Arena,
    budget: SweepBudget,
    embedSession: GraphSession,
  ) {
    this.model = model
    this.weights = weights
    this.layout = layout
    this.arena = arena
    this.budget = budget
    this.embedSession = embedSession
    this.inputs = new BlockInputsCache(model)
  }

  static async create(model: Model, weights: Weights, layout: ParameterLayout, arena: Arena, budget: SweepBudget): Promise<SweepSpace> {
    const session = await GraphSession.create(embedForward(model.architecture, model.config), 'embed')
    return new SweepSpace(model, weights, layout, arena, budget, session)
  }

  /** Groups the points of a sweep. @param directions the direction of each point; null for a point that moves nothing */
  groups(batch: BatchSize, directions: readonly (Combination | null)[]): SweepGroup[] {
    const { config } = this.model
    const joins = directions.map((direction) => (direction && lowestLayer(this.layout, direction)) ?? config.layers)
    return groupsOf(config, batch, joins, this.budget)
  }

  calls(batch: BatchSize, rows: number): SweepCall[] {
    return callsOf(this.model.config, batch, rows, this.budget)
  }

  /** Returns an array that is kept between runs, so that a run leaves no garbage of its size. */
  buffer(name: string, length: number): Float32Array {
    let kept = this.buffers.get(name)
    if (!kept || kept.length < length) this.buffers.set(name, (kept = new Float32Array(length)))
    return kept.subarray(0, length)
  }

  /** Writes the embedding part's output [N S, H] into `out`. */
  async embed({ ids, types, tokens, sequences }: Batch, out: Float32Array): Promise<void> {
    const { hiddenSize } = this.model.config
    for (const call of this.calls({ sequences, tokens }, 1)) {
      const own = part(ids, call, tokens)
      const feeds = embeddingFeeds(this.model, this.weights, { ids: own, tokens, types: part(types, call, tokens) }, (table, length) =>
        this.buffer(table, length),
      )
      await this.embedSession.run(feeds, { output: { data: part(out, call, tokens * hiddenSize), dims: [own.length, hiddenSize] } })
    }
  }

  /** Returns the elements of activations [rows, N S H] that a call works on, and their shape. */
  rows(states: Float32Array, { sequences, tokens }: BatchSize, call: SweepCall): { data: Float32Array; dims: number[] } {
    const { hiddenSize } = this.model.config
    const width = tokens * hiddenSize
    const start = (call.from * sequences + call.first) * width
    const rows = call.to - call.from
    return { data: states.subarray(start, start + rows * call.sequences * width), dims: [rows, call.sequences, tokens, hiddenSize] }
  }

  mask(batch: Batch, call: SweepCall): Feeds[string] {
    return { data: part(batch.mask, call, batch.tokens), dims: [call.sequences, 1, 1, batch.tokens] }
  }

  /** Returns the block inputs beside activations, mask and weights. */
  blockInputs(tokens: number): Feeds {
    return this.inputs.of(tokens)
  }

  pick(batch: Batch, call: SweepCall): Feeds[string] {
    return { data: part(batch.pick, call, batch.tokens), dims: [call.sequences, 1, batch.tokens] }
  }

  labels(batch: Batch, call: SweepCall): Feeds[string] {
    return { data: part(batch.labels, call, 1), dims: [call.sequences] }
  }

  [Symbol.dispose](): void {
    this.embedSession[Symbol.dispose]()
  }
}

/** Returns the elements of an array, with `width` per sequence, that belong to a call's sequences. */
function part<T extends Float32Array | Int32Array | BigInt64Array>(values: T, { first, sequences }: SweepCall, width: number): T {
  return values.subarray(first * width, (first + sequences) * width) as T
}
