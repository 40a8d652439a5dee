/** Seeded splits of row numbers. Every returned list ascends and is a pure function of its arguments. */
import { InputError } from '#shared/errors/input-error.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'

/** The whole-number part of 0..rowCount-1 that goes to the cloud, and the rest, which stays on the phones. */
interface PublicSplit {
  readonly publicRows: Int32Array
  readonly privateRows: Int32Array
}

/** `share` of the rows (0 <= share < 1) made public; with share > 0 at least one row, and at least one stays private. */
export function splitPublic(rowCount: number, share: number, seed: number): PublicSplit {
  const [publicRows, privateRows] = splitRows(rowCount, share, seed, 'public')
  return { publicRows, privateRows }
}

/** A test split for a scenario without a test file: `share` of the rows (0 <= share < 1), bounded as in `splitPublic`. */
export function holdOut(rowCount: number, share: number, seed: number): { trainRows: Int32Array; testRows: Int32Array } {
  const [testRows, trainRows] = splitRows(rowCount, share, seed, 'test')
  return { trainRows, testRows }
}

/** Chooses at most `limit` of the rows 0..rowCount-1 uniformly; without a limit, all of them. */
export function limitRows(rowCount: number, limit: number | undefined, seed: number): Int32Array {
  const rows = shuffledRows(rowCount, seed, 'limit')
  return rows.slice(0, limit ?? rowCount).sort()
}

function splitRows(rowCount: number, share: number, seed: number, name: string): [Int32Array, Int32Array] {
  if (!(share >= 0 && share < 1)) throw new InputError(`data.${name}.share`, `${share}`, 'a number from 0 to below 1')
  const wanted = share === 0 ? 0 : Math.max(1, Math.round(rowCount * share))
  const count = Math.min(wanted, Math.max(0, rowCount - 1))
  const rows = shuffledRows(rowCount, seed, name)
  return [rows.slice(0, count).sort(), rows.slice(count).sort()]
}

function shuffledRows(rowCount: number, seed: number, name: string): Int32Array {
  const rows = Array.from({ length: rowCount }, (_, row) => row)
  return Int32Array.from(new Stream(deriveKey(seed, 'data', name)).shuffle(rows))
}
