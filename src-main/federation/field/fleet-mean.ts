/**
 * The mean over phones where the server may know no more: of vectors that came masked, or that it blurs itself. To the method the fleet is then
 * one phone that measured the mean,
 *
 *     value_k = (sum_i w_i x_ik + N(0, (z C)^2)) / W,   variance_k = (sum_i w_i^2 v_ik + (z C)^2) / W^2
 */
import { withNoise } from '#main/training/private-scalars.ts'
import type { Stream } from '#shared/random/counter.ts'

/** sum over `parts` of weight times values and weight squared times variances. */
export interface FleetSum {
  /** Values, then the variances of the first of them. */
  readonly sums: readonly number[]
  /** How many are values. */
  readonly values: number
  /** W */
  readonly weight: number
}

/** Values and variances of the mean. @param noise of the sum of values; none where there is none to add */
export function fleetMean({ sums, values, weight }: FleetSum, noise?: { readonly deviation: number; readonly stream: Stream }): number[] {
  const measured = sums.slice(0, values)
  const blurred = noise ? withNoise(measured, noise.deviation, noise.stream) : measured
  const added = noise ? noise.deviation ** 2 : 0
  return [...blurred.map((sum) => sum / weight), ...sums.slice(values).map((variance) => (variance + added) / weight ** 2)]
}

/** As a masked sum would be, of vectors that the server may read. */
export function summed(parts: readonly { readonly numbers: ArrayLike<number>; readonly weight: number }[], values: number): number[] {
  const sums = Array<number>(parts[0]!.numbers.length).fill(0)
  for (const { numbers, weight } of parts) {
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + (i < values ? weight : weight ** 2) * numbers[i]!
  }
  return sums
}
