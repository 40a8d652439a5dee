/** Token rows end to end, as they travel between processes and as they are kept. */
import type { Example } from './batch.ts'

export interface PackedExamples {
  readonly ids: Int32Array
  /** Start of every row in `ids`, and one more for the end. */
  readonly starts: Int32Array
  readonly labels: Int32Array
  /** Token types, one per id; none where all are 0. */
  readonly types?: Uint8Array
}

export function packExamples(rows: readonly Example[]): PackedExamples {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach(({ ids }, i) => (starts[i + 1] = starts[i]! + ids.length))
  const ids = new Int32Array(starts[rows.length]!)
  rows.forEach((row, i) => ids.set(row.ids, starts[i]!))
  const packed = { ids, starts, labels: Int32Array.from(rows, ({ label }) => label) }
  if (rows.every(({ types }) => types === undefined)) return packed
  const all = new Uint8Array(ids.length)
  rows.forEach(({ types }, i) => types && all.set(types, starts[i]!))
  return { ...packed, types: all }
}

export function exampleAt({ ids, starts, labels, types }: PackedExamples, row: number): Example {
  const example = { ids: ids.subarray(starts[row]!, starts[row + 1]!), label: labels[row]! }
  return types ? { ...example, types: types.subarray(starts[row]!, starts[row + 1]!) } : example
}
