/**
 * Forward passes of one batch at many points near theta in one pass over the layers. All weights differ from point to point, so each
 * call of a graph computes one point; what a layer's points share is its place in the page cache.
 */
import type { Arena } from '#main/engine/arena.ts'
import { GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { blockForward, classifierForward } from '#main/models/graphs.ts'
import type { Model } from '#main/models/model.ts'
import type { Batch } from '../batch.ts'
import type { PointSweep } from '../point-sweep.ts'
import type { ProbePoint, SweepResult } from '../sweep.ts'
import { type BatchSize, type SweepBudget, groupSizes } from '../sweep-plan.ts'
import { SweepSpace } from '../sweep-space.ts'
import { DisplacedWeights } from './displaced-weights.ts'
import type { FullReplica } from './full-replica.ts'

export class FullSweep implements PointSweep, Disposable {
  private readonly space: SweepSpace
  private readonly weights: DisplacedWeights
  private readonly classes: number
  private readonly budget: SweepBudget
  private readonly block: GraphSession
  private readonly head: GraphSession

  private constructor(
    space: SweepSpace,
    weights: DisplacedWeights,
    classes: number,
    budget: SweepBudget,
    [block, head]: readonly [GraphSession, GraphSession],
  ) {
    this.space = space
    this.weights = weights
    this.classes = classes
    this.budget = budget
    this.block = block
    this.head = head
  }

  static async create(model: Model, replica: FullReplica, classes: number, arena: Arena, budget: SweepBudget): Promise<FullSweep> {
    const { architecture, config } = model
    const weights = new DisplacedWeights(replica, arena)
    return new FullSweep(await SweepSpace.create(model, weights, replica.layout, arena, budget), weights, classes, budget, [
      await GraphSession.create(blockForward(architecture, config, null), 'block'),
      await GraphSession.create(classifierForward(architecture, config, classes), 'head'),
    ])
  }

  async run(batch: Batch, points: readonly ProbePoint[]): Promise<SweepResult> {
    const rows = points.length * batch.sequences
    const result = { losses: new Float32Array(rows), logits: new Float32Array(rows * this.classes), hits: new Float32Array(0) }
    let first = 0
    for (const size of groupSizes(this.space.model.config, batch, points.length, this.budget)) {
      await this.pass(batch, points.slice(first, first + size), {
        losses: result.losses.subarray(first * batch.sequences),
        logits: result.logits.subarray(first * batch.sequences * this.classes),
        hits: result.hits,
      })
      first += size
    }
    return result
  }

  forwardPasses(_batch: BatchSize, points: readonly ProbePoint[]): number {
    return points.length
  }

  /** Makes one pass over the layers. @param out receives the rows of these points first */
  private async pass(batch: Batch, points: readonly ProbePoint[], out: SweepResult): Promise<void> {
    const { space, weights } = this
    const { layers, hiddenSize } = space.model.config
    const width = batch.sequences * batch.tokens * hiddenSize
    const states = space.buffer('states', points.length * width)
    const calls = space.calls(batch, 1)
    const ofPoint = (p: number): Float32Array => states.subarray(p * width, (p + 1) * width)

    for (const [p, point] of points.entries()) {
      weights.moveTo(point)
      await space.embed(batch, ofPoint(p))
    }
    for (let layer = 0; layer < layers; layer++) {
      for (const [p, point] of points.entries()) {
        weights.moveTo(point)
        const feeds = { ...space.blockInputs(batch.tokens), ...weights.block(layer) }
        for (const call of calls) {
          const x = space.rows(ofPoint(p), batch, call)
          // The block writes in place: its output depends on every use of x, so nothing reads x once it is being written.
          await this.block.run({ x, mask: space.mask(batch, call), ...feeds }, { output: x })
        }
      }
    }
    for (const [p, point] of points.entries()) {
      weights.moveTo(point)
      const feeds = weights.pooler()
      for (const call of calls) {
        const x = space.rows(ofPoint(p), batch, call)
        const { losses, logits } = await this.head.run({ x, labels: space.labels(batch, call), pick: space.pick(batch, call), ...feeds })
        const row = p * batch.sequences + call.first
        out.losses.set(losses!.data, row)
        out.logits.set(logits!.data, row * this.classes)
      }
    }
  }

  [Symbol.dispose](): void {
    for (const part of [this.space, this.block, this.head]) part[Symbol.dispose]()
  }
}
