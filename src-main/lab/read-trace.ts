/** Reads recorded bandwidth: csv with the columns seconds, downMbps and upMbps; the last row only says when the recording ends. */
import { InputError } from '#shared/errors/input-error.ts'
import { csvRecords } from '#main/data/formats/csv.ts'
import { readTextBytes } from '#main/data/text-bytes.ts'
import type { BandwidthTrace } from '#main/network/bandwidth.ts'

const COLUMNS = ['seconds', 'downMbps', 'upMbps'] as const
const MAXIMUM_BYTES = 16 * 2 ** 20

/** @throws InputError naming the file and the line */
export function readTrace(path: string): BandwidthTrace {
  const expected = `the columns ${COLUMNS.join(', ')}, named in the first line`
  const trace = { startSeconds: [] as number[], downBitsPerSecond: [] as number[], upBitsPerSecond: [] as number[] }
  let places: number[] | null = null
  for (const { cells, line } of csvRecords(readTextBytes(path, MAXIMUM_BYTES), path)) {
    if (places === null) {
      const names = cells.map((cell) => cell.trim())
      places = COLUMNS.map((column) => names.indexOf(column))
      if (places.includes(-1)) throw new InputError(`${path}:${line}`, names.join(', '), expected)
      continue
    }
    const [seconds, down, up] = places.map((place, i) => {
      const cell = cells[place]?.trim() ?? ''
      const value = cell === '' ? NaN : Number(cell)
      if (!(value >= 0 && Number.isFinite(value)))
        throw new InputError(`${path}:${line}`, `${COLUMNS[i]} "${cell}"`, 'a number of at least 0')
      return value
    }) as [number, number, number]
    trace.startSeconds.push(seconds)
    trace.downBitsPerSecond.push(down * 1e6)
    trace.upBitsPerSecond.push(up * 1e6)
  }
  if (places === null) throw new InputError(path, 'an empty file', expected)
  return trace
}
