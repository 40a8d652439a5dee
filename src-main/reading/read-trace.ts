/**
 * Reads recorded bandwidth as it is published:
 * - csv with the columns seconds, downMbps and upMbps; the last row only says when the recording ends;
 * - Mahimahi: a line per chance to send 1,500 bytes, its time in milliseconds; the last line says when the recording ends (one direction);
 * - HSDPA and LTE logs (Riiser et al. 2013, van der Hooft et al. 2016): six columns, the last two bytes received and the milliseconds that
 *   they took (one direction).
 */
import { InputError } from '#shared/errors/input-error.ts'
import { csvRecords } from '#main/data/formats/csv.ts'
import { readTextBytes, textLines } from '#main/data/text-bytes.ts'
import type { BandwidthTrace } from '#main/network/bandwidth.ts'

const COLUMNS = ['seconds', 'downMbps', 'upMbps'] as const
const MAXIMUM_BYTES = 64 * 2 ** 20
const FORMS = `csv with the columns ${COLUMNS.join(', ')}, a Mahimahi trace (a time in milliseconds per line) or an HSDPA log (six columns)`
const CAPACITIES = "FedScale's device capacities are one number per phone: downMbps and upMbps of a group's overrides"
/** Mahimahi traces list delivery opportunities, which are counted over this many milliseconds. */
const STEP_MILLISECONDS = 100
const PACKET_BITS = 1500 * 8
const LOG_COLUMNS = 6

interface ReadTrace {
  readonly trace: BandwidthTrace
  /** True if both directions are recorded; otherwise the downlink's trace is used for both. */
  readonly both: boolean
}

/** @throws InputError naming the file and the line */
export function readTrace(path: string): ReadTrace {
  const bytes = readTextBytes(path, MAXIMUM_BYTES, { wayOut: ({ id }) => (id === 'pickle' ? `${FORMS}; ${CAPACITIES}` : FORMS) })
  const first = textLines(bytes).next().value?.text.trim() ?? ''
  if (/^\d+$/.test(first)) return { trace: mahimahi(bytes, path), both: false }
  if (first.split(/\s+/).length === LOG_COLUMNS && /^[\d\s.+-]+$/.test(first)) return { trace: receptionLog(bytes, path), both: false }
  return { trace: columns(bytes, path), both: true }
}

function columns(bytes: Uint8Array, path: string): BandwidthTrace {
  const trace = { startSeconds: [] as number[], downBitsPerSecond: [] as number[], upBitsPerSecond: [] as number[] }
  let places: number[] | null = null
  for (const { cells, line } of csvRecords(bytes, path)) {
    if (places === null) {
      const names = cells.map((cell) => cell.trim())
      places = COLUMNS.map((column) => names.indexOf(column))
      if (places.includes(-1)) throw new InputError(`${path}:${line}`, names.join(', '), FORMS)
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
  if (places === null) throw new InputError(path, 'an empty file', FORMS)
  return trace
}

function mahimahi(bytes: Uint8Array, path: string): BandwidthTrace {
  const counts: number[] = []
  let last = 0
  for (const { text, line } of textLines(bytes)) {
    const cell = text.trim()
    const milliseconds = /^\d+$/.test(cell) ? Number(cell) : Number.NaN
    if (!(milliseconds >= last && milliseconds <= 1e9)) {
      throw new InputError(`${path}:${line}`, `"${cell}" for a time`, `whole milliseconds from ${last} on`)
    }
    last = milliseconds
    const step = Math.floor(milliseconds / STEP_MILLISECONDS)
    while (counts.length <= step) counts.push(0)
    counts[step]!++
  }
  if (last === 0) throw new InputError(path, 'a recording of 0 ms', 'times in milliseconds, the last one above 0')
  // The chance at the very end counts in the step before it.
  const steps = Math.ceil(last / STEP_MILLISECONDS)
  if (counts.length > steps) counts[steps - 1]! += counts.pop()!
  const starts = counts.map((_, step) => (step * STEP_MILLISECONDS) / 1000)
  const rates = counts.map((count, step) => {
    const length = Math.min(STEP_MILLISECONDS, last - step * STEP_MILLISECONDS)
    return (count * PACKET_BITS) / (length / 1000)
  })
  return oneWay([...starts, last / 1000], rates)
}

function receptionLog(bytes: Uint8Array, path: string): BandwidthTrace {
  const starts = [0]
  const rates: number[] = []
  for (const { text, line } of textLines(bytes)) {
    const cells = text.trim().split(/\s+/)
    const [received, took] = cells.slice(-2).map(Number) as [number, number]
    if (cells.length !== LOG_COLUMNS || !(received >= 0 && took >= 0)) {
      throw new InputError(`${path}:${line}`, text, 'time, milliseconds, latitude, longitude, bytes received, milliseconds that took')
    }
    if (took === 0) continue
    rates.push((received * 8) / (took / 1000))
    starts.push(starts.at(-1)! + took / 1000)
  }
  return oneWay(starts, rates)
}

/** @param starts one more than `rates`: the last one says when the recording ends */
function oneWay(starts: readonly number[], rates: readonly number[]): BandwidthTrace {
  const both = [...rates, 0]
  return { startSeconds: starts, downBitsPerSecond: both, upBitsPerSecond: both }
}
