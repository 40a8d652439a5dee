/**
 * Spreads each class over the phones in proportions of its own, drawn from a symmetric Dirichlet(alpha) (Yurochkin et al. 2019, arXiv 1905.12022; the
 * concentration plays the part it has in Hsu et al. 2019, arXiv 1909.06335, who draw per phone instead).
 */
import type { Stream } from '#shared/random/counter.ts'
import { countsOf, dirichlet } from './dirichlet.ts'

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
