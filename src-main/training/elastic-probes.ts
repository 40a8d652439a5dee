/**
 * The estimates of a phone that has time for only m of its N directions: it probes a subset S of size m, drawn uniformly, and weights each measurement
 * by the inverse of its chance of being made (Horvitz and Thompson 1952):
 *
 *     a~_k = N/m a_k  for k in S, else 0 ;   P(k in S) = m/N,  so  E_S[a~_k] = a_k
 *
 * Whatever is linear in the coefficients, such as the mean over phones or sum_k a~_k z_k, so keeps its expectation. The variance of a~_k is
 * N/m v_k + (N/m - 1) a_k^2 with v_k that of a_k; with r = N/m it is estimated without bias by
 *
 *     v~_k = r^2 v_k + r (r - 1) (a_k^2 - v_k)  for k in S, else 0 ;   a_k^2 is too large by v_k on average
 *
 * Two directions are both in S with chance m (m - 1) / N (N - 1); r_kl is the inverse of that, and r_kk = r. In the same way, what two of
 * them have in common, such as G_kl, becomes r_kl G_kl, and their covariance r^2 a_k a_l - r_kl (a_k a_l - v_kl).
 */
import type { Curvature, Estimate } from '#main/wire/derivatives.ts'
import { triangle } from './curvature.ts'
import type { Stream } from '#shared/random/counter.ts'

/** Chooses `probes` of `count` directions, ascending; all of them if there are no more. */
export function chooseDirections(count: number, probes: number, stream: Stream): number[] {
  const all = Array.from({ length: count }, (_, direction) => direction)
  if (probes >= count) return all
  return stream
    .shuffle(all)
    .slice(0, probes)
    .sort((a, b) => a - b)
}

/** Spreads the estimates of the `chosen` directions over all of them. @param count N */
export function spreadOver(count: number, chosen: readonly number[], measured: readonly Estimate[]): Estimate[] {
  const ratio = count / chosen.length
  const spread = Array.from({ length: count }, (): Estimate => ({ value: 0, variance: 0 }))
  chosen.forEach((direction, i) => {
    const { value, variance } = measured[i]!
    const grown = ratio ** 2 * variance + ratio * (ratio - 1) * (value ** 2 - variance)
    spread[direction] = { value: ratio * value, variance: grown }
  })
  return spread
}

/**
 * Spreads measurements between directions like `spreadOver`.
 * @param curvature between the chosen directions
 * @param values derivatives along them
 */
export function spreadCurvature(count: number, chosen: readonly number[], values: readonly number[], curvature: Curvature): Curvature {
  const n = chosen.length
  if (n === count) return curvature
  const single = count / n
  const pair = n > 1 ? (single * (count - 1)) / (n - 1) : 0
  const at = new Map(chosen.map((direction, i) => [direction, i]))
  const spread = (between: readonly number[], grown: (value: number, i: number, j: number) => number): number[] =>
    triangle(count, (k, l) => {
      const [i, j] = [at.get(k), at.get(l)]
      return i === undefined || j === undefined ? 0 : grown(between[i * n - (i * (i - 1)) / 2 + j - i]!, i, j)
    })
  const ratio = (i: number, j: number): number => (i === j ? single : pair)
  return {
    metric: spread(curvature.metric, (value, i, j) => ratio(i, j) * value),
    noise: spread(curvature.noise, (value, i, j) => {
      const product = values[i]! * values[j]!
      return single ** 2 * product - ratio(i, j) * (product - value)
    }),
  }
}
