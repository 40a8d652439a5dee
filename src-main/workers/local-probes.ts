/**
 * Local steps of a phone between two rounds, by forward passes alone: after each part of the directions was probed, the phone moves by -eta times the
 * mean of D_z L z over them, and probes the next part from there. It sends nothing but its measurements.
 */
import type { Batch } from '#main/training/batch.ts'
import type { Combination } from '#main/training/directions/combination.ts'
import type { ProbedReplica } from '#main/training/replica.ts'
import type { WorkedBatch } from './protocol/probe-report.ts'
import type { LocalSteps } from './protocol/train-request.ts'
import type { Measure, Measured } from './measure.ts'

interface LocallyProbed {
  readonly losses: ArrayLike<number>
  /** For each direction, the derivative of every row's loss at the point where it was probed. */
  readonly derivatives: readonly Float32Array[]
  readonly batches: readonly WorkedBatch[]
  /** The complete measurements, if the phone took no steps between them. */
  readonly measured?: Measured
}

/** @param directions all directions, of which every step probes equally many @param batchOf returns the batch of a step */
export function probeLocally(
  replica: ProbedReplica,
  measure: Measure,
  { steps, learningRate }: LocalSteps,
  directions: readonly Combination[],
  batchOf: (step: number) => Batch,
): Promise<LocallyProbed> {
  const each = directions.length / steps
  return replica.aside(async () => {
    const losses: number[] = []
    const derivatives: Float32Array[] = []
    const batches: WorkedBatch[] = []
    for (let step = 0; step < steps; step++) {
      const batch = batchOf(step)
      const probed = directions.slice(step * each, (step + 1) * each)
      const measured = await measure(batch, probed)
      probed.forEach((direction, k) => replica.move(direction, (-learningRate * mean(measured.derivatives[k]!)) / each))
      losses.push(...measured.losses)
      derivatives.push(...measured.derivatives)
      batches.push({ sequences: batch.sequences, tokens: batch.tokens, forwardPasses: measured.forwardPasses })
    }
    return { losses, derivatives, batches }
  })
}

/** Probes all directions at the phone's present point. */
export async function probeOnce(measure: Measure, directions: readonly Combination[], batch: Batch): Promise<LocallyProbed> {
  const measured = await measure(batch, directions)
  const { losses, derivatives, forwardPasses } = measured
  return { losses, derivatives, measured, batches: [{ sequences: batch.sequences, tokens: batch.tokens, forwardPasses }] }
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
