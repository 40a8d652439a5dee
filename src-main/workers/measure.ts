/** The two ways of measuring directional derivatives of a batch's loss, and what they cost. */
import type { Batch } from '#main/training/batch.ts'
import type { Combination } from '#main/training/directions/combination.ts'
import type { PointSweep } from '#main/training/point-sweep.ts'
import type { Replica } from '#main/training/replica.ts'
import type { ProbePoint } from '#main/training/sweep.ts'
import type { TangentSweep } from '#main/training/tangent-sweep.ts'

export interface Measured {
  /** The cross-entropy of the batch's rows, at every point that was probed. */
  readonly losses: Float32Array
  /** For each direction, the derivative of every row's loss [N]. */
  readonly derivatives: readonly Float32Array[]
  /** For each direction, the derivatives of the logits [N, C]; below, the logits themselves [N, C]. */
  readonly tangents: readonly Float32Array[]
  readonly logits: Float32Array
  readonly forwardPasses: number
}

export type Measure = (batch: Batch, directions: readonly Combination[]) => Promise<Measured>

/**
 * Measures by two-point estimates (Spall 1992), (L(theta + eps u) - L(theta - eps u)) / (2 eps): two passes per direction, or less for one that moves
 * upper layers only. @param size eps
 */
export function atTwoPoints(sweep: PointSweep, size: number): Measure {
  return async (batch, directions) => {
    // Even without a direction, as when the pool spans nothing, the loss is measured.
    const still: ProbePoint = { direction: null, scale: 0 }
    const points =
      directions.length === 0
        ? [still]
        : directions.flatMap((direction): ProbePoint[] => [
            { direction, scale: size },
            { direction, scale: -size },
          ])
    const { losses, logits } = await sweep.run(batch, points)
    const slopes = (values: Float32Array): Float32Array[] => {
      const each = values.length / points.length
      const atPoint = (p: number): Float32Array => values.subarray(p * each, (p + 1) * each)
      return directions.map((_, k) => atPoint(2 * k).map((value, i) => (value - atPoint(2 * k + 1)[i]!) / (2 * size)))
    }
    return {
      losses,
      derivatives: slopes(losses),
      tangents: slopes(logits),
      logits: meanOverPoints(logits, points.length),
      forwardPasses: inSixtyFourths(sweep.forwardPasses(batch, points)),
    }
  }
}

/** Measures exact derivatives by forward-mode differentiation. */
export function alongTangents(sweep: TangentSweep, { values, combiner }: Replica): Measure {
  return async (batch, directions) => ({
    ...(await sweep.run(batch, values, directions, combiner)),
    forwardPasses: inSixtyFourths(sweep.forwardPasses(batch, directions)),
  })
}

function meanOverPoints(values: Float32Array, points: number): Float32Array {
  const mean = new Float32Array(values.length / points)
  for (let i = 0; i < values.length; i++) mean[i % mean.length] = mean[i % mean.length]! + values[i]! / points
  return mean
}

/** Rounds to 64ths, so that sums are exact. */
function inSixtyFourths(passes: number): number {
  return Math.round(64 * passes) / 64
}
