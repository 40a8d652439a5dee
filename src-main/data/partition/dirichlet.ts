/** Dirichlet proportions, and whole numbers of rows in those proportions. */
import type { Stream } from '#shared/random/counter.ts'

/**
 * Symmetric Dirichlet(alpha) over `size` parts, summing to 1. Drawn as normalised gammas in the log domain, with
 * Gamma(a) = Gamma(a + 1) U^(1/a): for small alpha every plain gamma underflows to 0.
 */
export function dirichlet(size: number, alpha: number, stream: Stream): Float64Array {
  const logs = Float64Array.from({ length: size }, () => Math.log(stream.gamma(alpha + 1)) + Math.log(1 - stream.uniform()) / alpha)
  const largest = logs.reduce((most, log) => Math.max(most, log), -Infinity)
  const weights = logs.map((log) => Math.exp(log - largest))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** Cuts `total` at the rounded running sums of `proportions`: counts that add up to `total` exactly. */
export function countsOf(proportions: Float64Array, total: number): number[] {
  const counts: number[] = []
  let running = 0
  let cut = 0
  for (const [index, proportion] of proportions.entries()) {
    running += proportion
    const next = index === proportions.length - 1 ? total : Math.min(total, Math.round(running * total))
    counts.push(next - cut)
    cut = next
  }
  return counts
}
