/** Computes losses of a batch at points near the parameters of one replica, in memory or in a file. */
import type { Batch } from './batch.ts'
import type { Replica } from './replica.ts'
import type { ProbePoint, Sweep, SweepResult } from './sweep.ts'
import type { BatchSize } from './sweep-plan.ts'

export interface PointSweep {
  run(batch: Batch, points: readonly ProbePoint[]): Promise<SweepResult>
  /** Returns the cost of `run` in forward passes of the same batch. */
  forwardPasses(batch: BatchSize, points: readonly ProbePoint[]): number
}

export function around({ values, combiner }: Pick<Replica, 'values' | 'combiner'>, sweep: Sweep): PointSweep {
  return {
    run: (batch, points) => sweep.run(batch, values, points, combiner),
    forwardPasses: (batch, points) => sweep.forwardPasses(batch, points),
  }
}
