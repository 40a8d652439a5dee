/**
 * Evaluates one batch at many points near the parameters in one pass over the weights: the points fill the leading dimension of the activations, so
 * each block's weights are read once for all of them. A point that moves nothing below layer l shares the activations of the unmoved parameters up to
 * l; these are carried along as one more row, and the point starts at l from a copy of it.
 */
import { Arena } from '#main/engine/arena.ts'
import { flops } from '#main/engine/onnx/graph-flops.ts'
import type { Graph } from '#main/engine/onnx/graph.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { dimensions } from '#main/models/model-flops.ts'
import { blockForward } from '#main/models/graphs.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'
import type { ForwardHead } from './heads/head.ts'
import { openForwardHead } from './heads/open-head.ts'
import type { Combination, Combiner } from './directions/combination.ts'
import { type Parameter, type ParameterLayout } from './parameters.ts'
import { AMPLE, type BatchSize, type SweepGroup, SEQUENCES_PER_CALL, rowsIn } from './sweep-plan.ts'
import { SweepSpace } from './sweep-space.ts'

/** A point at which the loss is evaluated: parameters + scale * direction, or the parameters themselves without a direction. */
export interface ProbePoint {
  readonly direction: Combination | null
  readonly scale: number
}

export interface SweepResult {
  /** [points, N] cross-entropy of every row. */
  readonly losses: Float32Array
  /** [points, N, C] */
  readonly logits: Float32Array
  /** [points, N] the number of correct predictions in every row, for heads without classes; else empty. */
  readonly hits: Float32Array
}

const STILL: ProbePoint = { direction: null, scale: 0 }

/** A part of the model that runs as one graph. */
interface Part {
  readonly graph: Graph
  readonly session: GraphSession
}

export class Sweep implements Disposable {
  private readonly space: SweepSpace
  private readonly block: Part
  private readonly head: ForwardHead

  private constructor(space: SweepSpace, block: Part, head: ForwardHead) {
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
  ): Promise<Sweep> {
    const { architecture, config } = model
    const space = await SweepSpace.create(model, weights, layout, arena, budget)
    const open = async (graph: Graph, name: string): Promise<Part> => ({ graph, session: await GraphSession.create(graph, name) })
    const block = await open(blockForward(architecture, config, adapter, false, weights.form), 'block')
    return new Sweep(space, block, await openForwardHead(model, weights, head))
  }

  /** @param values theta [d] @param combiner resolves the directions of `points` */
  async run(batch: Batch, values: Float32Array, points: readonly ProbePoint[], combiner: Combiner): Promise<SweepResult> {
    const rows = points.length * batch.sequences
    const { classes } = this.head
    const result = {
      losses: new Float32Array(rows),
      logits: new Float32Array(rows * classes),
      hits: new Float32Array(classes === 0 ? rows : 0),
    }
    for (const group of this.groups(batch, points)) await this.pass(batch, values, points, group, combiner, result)
    return result
  }

  /** Returns the cost of `run` in forward passes of the same batch: floating-point operations of the matrix products over theirs in one pass. */
  forwardPasses(batch: BatchSize, points: readonly ProbePoint[]): number {
    const { layers } = this.space.model.config
    const sizes = dimensions(batch, 1)
    const [block, head] = [flops(this.block.graph, sizes), this.head.flops(batch)]
    const cost = (rows: (layer: number) => number): number =>
      Array.from({ length: layers }, (_, layer) => rows(layer)).reduce((sum, n) => sum + n * block, rows(layers) * head)
    return this.groups(batch, points).reduce((sum, group) => sum + cost((layer) => rowsIn(group, layer)), 0) / cost(() => 1)
  }

  private groups(batch: BatchSize, points: readonly ProbePoint[]): SweepGroup[] {
    return this.space.groups(
      batch,
      points.map(({ direction, scale }) => (scale === 0 ? null : direction)),
    )
  }

  /** Makes one pass over the weights. */
  private async pass(
    batch: Batch,
    values: Float32Array,
    points: readonly ProbePoint[],
    group: SweepGroup,
    combiner: Combiner,
    out: SweepResult,
  ): Promise<void> {
    const { space } = this
    const { weights, arena, model } = space
    const { layers, hiddenSize } = model.config
    const width = batch.sequences * batch.tokens * hiddenSize
    const states = space.buffer('states', group.points.length * width)
    await space.embed(batch, states.subarray(0, width))

    let joined = 0
    for (let layer = 0; layer <= layers; layer++) {
      // The row behind the joined points belongs to the parameters themselves; a point that joins takes a copy of it, and the last copy stays the
      // parameters' row.
      const rows = rowsIn(group, layer)
      for (let row = joined + 1; row < rows; row++) states.copyWithin(row * width, joined * width, (joined + 1) * width)
      joined = group.joined[layer]!
      const inRow = (row: number): ProbePoint => (row < joined ? points[group.points[row]!]! : STILL)
      const frozen = layer < layers ? weights.block(layer) : weights.pooler()
      combiner.beginLayer(layer)
      for (const call of space.calls(batch, rows)) {
        const x = space.rows(states, batch, call)
        const mark = arena.mark()
        const own = Array.from({ length: call.to - call.from }, (_, i) => inRow(call.from + i))
        const feeds = { ...frozen, ...this.displaced(layer, values, own, combiner) }
        if (layer < layers) {
          // The block writes in place: its output depends on every use of x, so nothing reads x once it is being written.
          const given = { x, mask: space.mask(batch, call), ...space.blockInputs(batch.tokens) }
          await this.block.session.run({ ...feeds, ...given }, { output: x })
        } else {
          const { losses, logits, hits } = await this.head.forward({ batch, call, x, weights: feeds })
          for (let i = 0; i < own.length; i++) {
            const [at, n, c] = [group.points[call.from + i]! * batch.sequences + call.first, call.sequences, this.head.classes]
            out.losses.set(losses.subarray(i * n, (i + 1) * n), at)
            out.logits.set(logits.subarray(i * n * c, (i + 1) * n * c), at * c)
            if (hits) out.hits.set(hits.subarray(i * n, (i + 1) * n), at)
          }
        }
        arena.release(mark)
      }
    }
  }

  [Symbol.dispose](): void {
    for (const part of [this.space, this.block.session, this.head]) part[Symbol.dispose]()
  }

  /** Returns the trainable tensors of `layer`, one copy per point, each moved along its point's direction. */
  private displaced(layer: number, values: Float32Array, points: readonly ProbePoint[], combiner: Combiner): Feeds {
    const { layout, arena } = this.space
    return Object.fromEntries(
      layout.byLayer[layer]!.map((parameter) => {
        const { offset, size, input } = parameter
        const data = arena.floats(points.length * size)
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

/** Returns the most bytes of an arena that the copies of one call take, for batches of `sequences`. */
export function displacedBytes(layout: ParameterLayout, sequences: number): number {
  const copies = Math.max(1, Math.floor(SEQUENCES_PER_CALL / sequences))
  const layerBytes = layout.byLayer.map((parameters) => parameters.reduce((sum, { size }) => sum + Arena.sizeOf(4 * size * copies), 0))
  return Math.max(...layerBytes)
}

/** Returns the shape in which a graph takes `copies` of a parameter. */
export function inputDims({ shape }: Parameter, copies: number): number[] {
  return [copies, ...shape]
}

/** Returns the trainable tensors of `parameters` as inputs of a graph, one copy each, read in place from the flat vector `values`. */
export function feedsInPlace(parameters: readonly Parameter[], values: Float32Array): Feeds {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const { offset, size, input } = parameter
      return [input, { data: values.subarray(offset, offset + size), dims: inputDims(parameter, 1) }]
    }),
  )
}
