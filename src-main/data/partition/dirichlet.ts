/** Deals rows out to phones in Dirichlet proportions: of all rows, or of each class by itself. */
import type { Stream } from '#shared/random/counter.ts'

/**
 * Draws a symmetric Dirichlet(alpha) over `size` parts, summing to 1. Drawn as normalised gammas in the log domain, with
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

/** Deals out shuffled rows in given proportions, so that the content is alike on every phone. */
export function byQuantity(rowCount: number, proportions: Float64Array, stream: Stream): number[][] {
  const rows = stream.shuffle(Array.from({ length: rowCount }, (_, row) => row))
  let start = 0
  return countsOf(proportions, rowCount).map((count) => rows.slice(start, (start += count)))
}

/**
 * Spreads each class over the phones in proportions of its own, drawn from a symmetric Dirichlet(alpha) (Yurochkin et al. 2019, arXiv 1905.12022; the
 * concentration plays the part it has in Hsu et al. 2019, arXiv 1909.06335, who draw per phone instead).
 */
export function byClass(labels: Int32Array, phones: number, alpha: number, stream: Stream): number[][] {
  const parts: number[][] = Array.from({ length: phones }, () => [])
  for (const rows of rowsByClass(labels)) {
    stream.shuffle(rows)
    let start = 0
    for (const [phone, count] of countsOf(dirichlet(phones, alpha, stream), rows.length).entries()) {
      for (const row of rows.slice(start, start + count)) parts[phone]?.push(row)
      start += count
    }
  }
  return parts
}

/** Row numbers of each class present, by ascending class. */
export function rowsByClass(labels: Int32Array): number[][] {
  const byLabel = new Map<number, number[]>()
  for (const [row, label] of labels.entries()) {
    const rows = byLabel.get(label)
    if (rows) rows.push(row)
    else byLabel.set(label, [row])
  }
  return [...byLabel].sort(([a], [b]) => a - b).map(([, rows]) => rows)
}
