/** Like content on every phone: shuffled rows, cut in given proportions. */
import type { Stream } from '#shared/random/counter.ts'
import { countsOf } from './dirichlet.ts'

export function byQuantity(rowCount: number, proportions: Float64Array, stream: Stream): number[][] {
  const rows = stream.shuffle(Array.from({ length: rowCount }, (_, row) => row))
  let start = 0
  return countsOf(proportions, rowCount).map((count) => rows.slice(start, (start += count)))
}
