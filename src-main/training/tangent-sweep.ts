/**
 * Exact directional derivatives of one batch's loss in one pass over the weights, by forward-mode differentiation: no probe size, no
 * backward pass, and nothing kept beyond the layer at hand. Per layer the values are computed once and serve the tangents of all
 * directions, so K directions cost little more than K + 1 forward passes, where two-point probes cost 2 K. A direction that moves nothing
 * below layer l has no tangents there and costs nothing.
 */
import type { Arena } from '#main/engine/arena.ts'
import { flops } from '#main/engine/onnx/graph-flops.ts'
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type BatchShape, dimensions } from '#main/models/model-flops.ts'
import { blockTangents } from '#main/models/graphs.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import type { Combination, Combiner } from './directions/combination.ts'
import type { ParameterLayout } from './parameters.ts'
import { residualArrays } from './residual-arrays.ts'
import type { TangentHead } from './heads/head.ts'
import { openTangentHead } from './heads/open-head.ts'
import { AMPLE, type SweepCall, type SweepGroup } from './sweep-plan.ts'
import { SweepSpace } from './sweep-space.ts'
import { feedsInPlace, inputDims } from './sweep.ts'

interface TangentResult {
  /** [N] cross-entropy of every row at the parameters themselves. */
  readonly losses: Float32Array
  /** [N, C] */
  readonly logits: Float32Array
  /** For each direction, the derivative of every row's loss along it [N]. */
  readonly derivatives: readonly Float32Array[]
  /** For each direction, the derivatives of the logits [N, C]. */
  readonly tangents: readonly Float32Array[]
}

interface Tangents {
  readonly session: GraphSession
  /** The name of the block's output. */
  readonly name: string
}

/** The sessions of a block: its values, and the tangents that follow from them, for an input that moves and for one that rests. */
interface Part {
  readonly graphs: Linearised
  readonly values: GraphSession
  readonly moving: Tangents
  readonly resting: Tangents
}

export class TangentSweep implements Disposable {
  private readonly space: SweepSpace
  private readonly block: Part
  private readonly head: TangentHead

  private constructor(space: SweepSpace, block: Part, head: TangentHead) {
    this.space = space
    this.block = block
    this.head = head
  }

  static async create(
    model: Model,
    weights: Weights,
    layout: ParameterLayout,
    adapter: BlockAdapter | null,
    head: HeadSpec,
    arena: Arena,
    budget = AMPLE,
  ): Promise<TangentSweep> {
    const { architecture, config } = model
    const space = await SweepSpace.create(model, weights, layout, arena, budget)
    const graphs = blockTangents(architecture, config, adapter, weights.form)
    const values = await GraphSession.create(graphs.primal, 'block')
    const tangents: Tangents[] = []
    for (const graph of graphs.linear) {
      tangents.push({ session: await GraphSession.create(graph, 'block-tangents'), name: graph.outputs[0]!.name })
    }
    const block = { graphs, values, moving: tangents[0]!, resting: tangents.at(-1)! }
    const place = (name: string, length: number): Float32Array => space.buffer(name, length)
    return new TangentSweep(space, block, await openTangentHead(model, weights, head, place))
  }

  /** @param values theta [d] @param combiner resolves the directions */
  async run(batch: Batch, values: Float32Array, directions: readonly Combination[], combiner: Combiner): Promise<TangentResult> {
    const perRow = (size: number): Float32Array => new Float32Array(batch.sequences * size)
    const result: TangentResult = {
      losses: perRow(1),
      logits: perRow(this.head.classes),
      derivatives: directions.map(() => perRow(1)),
      tangents: directions.map(() => perRow(this.head.classes)),
    }
    for (const group of this.space.groups(batch, directions)) await this.pass(batch, values, directions, group, combiner, result)
    return result
  }

  /**
   * Returns the cost of `run` in forward passes of the same batch: floating-point operations of the matrix products over theirs in one pass. A
   * tangent takes a little more than a pass where both factors move (attention, adapters) and less where one rests (its first block).
   */
  forwardPasses(batch: BatchShape, directions: readonly Combination[]): number {
    const sizes = { ...dimensions(batch, 1), K: 1 }
    const { layers } = this.space.model.config
    const costOf = ({ primal, linear }: Linearised): [values: number, moving: number, resting: number] => [
      flops(primal, sizes),
      flops(linear[0]!, sizes),
      flops(linear.at(-1)!, sizes),
    ]
    const block = costOf(this.block.graphs)
    const [headValues, headTangent] = this.head.flops(batch)
    const head = [headValues, headTangent, headTangent] as const
    let sum = 0
    for (const { joined } of this.space.groups(batch, directions)) {
      joined.forEach((now, layer) => {
        const [ofValues, moving, resting] = layer < layers ? block : head
        const before = joined[layer - 1] ?? 0
        sum += ofValues + before * moving + (now - before) * resting
      })
    }
    return sum / (layers * block[0] + head[0])
  }

  /** Makes one pass over the weights. */
  private async pass(
    batch: Batch,
    values: Float32Array,
    directions: readonly Combination[],
    group: SweepGroup,
    combiner: Combiner,
    out: TangentResult,
  ): Promise<void> {
    const { space } = this
    const { weights, arena, model } = space
    const { layers, hiddenSize } = model.config
    const own = group.points.map((point) => directions[point]!)
    const width = batch.sequences * batch.tokens * hiddenSize
    const state = space.buffer('state', width)
    const moving = space.buffer('moving', own.length * width)
    await space.embed(batch, state)

    let before = 0
    for (let layer = 0; layer < layers; layer++) {
      const joined = group.joined[layer]!
      combiner.beginLayer(layer)
      const frozen = { ...weights.block(layer), ...feedsInPlace(space.layout.byLayer[layer]!, values) }
      for (const some of space.calls(batch, 1)) {
        const x = space.rows(state, batch, some)
        const given = { mask: space.mask(batch, some), ...space.blockInputs(batch.tokens) }
        // The block can't write in place, because tangents read x too.
        const output = { data: space.buffer('output', x.data.length), dims: x.dims }
        const shape = { sequences: some.sequences, tokens: batch.tokens }
        const residuals = residualArrays(this.block.graphs, shape, (name, length) => space.buffer(`residual ${name}`, length))
        const known = { x, ...given, ...frozen }
        await this.block.values.run(known, { ...residuals, output })
        for (const { from, to, session, name } of [
          { from: 0, to: before, ...this.block.moving },
          { from: before, to: joined, ...this.block.resting },
        ]) {
          for (const { rows, tangents } of this.chunks(batch, moving, some, from, to)) {
            const mark = arena.mark()
            const moves = this.moves(layer, own.slice(rows.from, rows.to), combiner)
            await session.run({ ...known, ...residuals, 'd x': tangents, ...moves }, { [name]: tangents })
            arena.release(mark)
          }
        }
        x.data.set(output.data)
      }
      before = joined
    }
    // The head takes tangents of its input whether they move or not.
    moving.fill(0, before * width)
    combiner.beginLayer(layers)
    const frozen = { ...weights.pooler(), ...feedsInPlace(space.layout.byLayer[layers]!, values) }
    for (const some of space.calls(batch, 1)) {
      const { losses, logits } = await this.head.values({ batch, call: some, x: space.rows(state, batch, some), weights: frozen })
      out.losses.set(losses, some.first)
      out.logits.set(logits, some.first * this.head.classes)
      for (const { rows, tangents } of this.chunks(batch, moving, some, 0, own.length)) {
        const mark = arena.mark()
        const slopes = await this.head.tangents(tangents, this.moves(layers, own.slice(rows.from, rows.to), combiner))
        arena.release(mark)
        for (let row = rows.from; row < rows.to; row++) {
          const part = (all: Float32Array, each: number): Float32Array =>
            all.subarray((row - rows.from) * rows.sequences * each, (row - rows.from + 1) * rows.sequences * each)
          const direction = group.points[row]!
          out.derivatives[direction]!.set(part(slopes.losses, 1), rows.first)
          out.tangents[direction]!.set(part(slopes.logits, this.head.classes), rows.first * this.head.classes)
        }
      }
    }
  }

  /** Yields the tangents of rows [from, to) on the sequences of `some`, call by call, in the arrays that graphs read and write. */
  private *chunks(
    batch: Batch,
    moving: Float32Array,
    some: SweepCall,
    from: number,
    to: number,
  ): Generator<{ rows: SweepCall; tangents: { data: Float32Array; dims: number[] } }> {
    for (const call of this.space.calls(batch, to - from)) {
      if (call.first !== some.first) continue
      const rows = { ...call, from: from + call.from, to: from + call.to }
      const { data, dims } = this.space.rows(moving, batch, rows)
      yield { rows, tangents: { data, dims: [dims[0]!, 1, ...dims.slice(1)] } }
    }
  }

  [Symbol.dispose](): void {
    const { values, moving, resting } = this.block
    for (const part of new Set([this.space, values, moving.session, resting.session, this.head])) part[Symbol.dispose]()
  }

  /** Writes the part of each direction that lies in `layer` into the arena. */
  private moves(layer: number, directions: readonly Combination[], combiner: Combiner): Feeds {
    return Object.fromEntries(
      this.space.layout.byLayer[layer]!.map((parameter) => {
        const { size, input } = parameter
        const data = this.space.arena.floats(directions.length * size).fill(0)
        directions.forEach((direction, k) => combiner.add(direction, parameter, data.subarray(k * size, (k + 1) * size), 1))
        return [`d ${input}`, { data, dims: [directions.length, ...inputDims(parameter, 1)] }]
      }),
    )
  }
}
