/** The virtual times at which a phone can be asked, from a recorded trace or a daily rhythm. */
import { InputError } from '#shared/errors/input-error.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { LEAST_STEP_SECONDS, MOST_SECONDS } from '#shared/units/virtual-time-bounds.ts'

export interface Availability {
  /** True if `phone` can be asked at `seconds`. */
  has(phone: number, seconds: number): boolean
  /** @returns the first time, from `seconds` on, at which `phone` can be asked; Infinity if it never can again */
  next(phone: number, seconds: number): number
}

export const ALWAYS: Availability = { has: () => true, next: (_, seconds) => seconds }

const DAY_SECONDS = 86_400
const HOUR_SECONDS = 3600

interface DailyRhythm {
  /** The hour of the virtual day at which phones become available; virtual time begins at midnight. */
  readonly fromHour: number
  readonly hours: number
  /** The most hours by which a phone's day is shifted, either way; the shift is drawn from the seed. */
  readonly spreadHours: number
}

/** Phones that charge at night: available for `hours` a day. */
export function daily({ fromHour, hours, spreadHours }: DailyRhythm, seed: number): Availability {
  const start = (phone: number): number => {
    const shift = spreadHours * (2 * new Stream(deriveKey(seed, 'daily', phone)).uniform() - 1)
    return (fromHour + shift) * HOUR_SECONDS
  }
  const next = (phone: number, seconds: number): number => {
    // Half a millisecond early counts as on time, because a rounding error may end the wait for a time just before it.
    const sinceStart = modulo(seconds + 0.0005 - start(phone), DAY_SECONDS)
    return sinceStart < hours * HOUR_SECONDS ? seconds : seconds + DAY_SECONDS - sinceStart
  }
  return { has: (phone, seconds) => next(phone, seconds) === seconds, next }
}

/**
 * Reads a trace. A line `phone,from,to` says that the phone of that id is available from `from` until just before `to` (or `inf`), seconds of virtual
 * time; the first line may be the header `phone,from,to`. A phone that no line names is always available.
 * @param path names the trace in errors
 * @throws InputError with the line that is wrong
 */
export function readTrace(text: string, path: string, ids: readonly string[]): Availability {
  const spans = new Map<number, { from: number; to: number }[]>()
  const phones = new Map(ids.map((id, phone) => [id, phone]))
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const cells = line.split(',').map((cell) => cell.trim())
    const where = `${path}:${index + 1}`
    if (line.trim() === '' || (index === 0 && cells.join() === 'phone,from,to')) continue
    const [id, from, to] = cells
    if (cells.length !== 3) throw new InputError(where, `${cells.length} columns`, 'phone,from,to')
    const phone = phones.get(id!)
    if (phone === undefined) throw new InputError(where, `a phone "${id}"`, `one of the fleet's: ${ids.join(', ')}`)
    const span = { from: timeOf(from!, where), to: to === 'inf' ? Infinity : timeOf(to!, where) }
    if (!(span.to - span.from >= LEAST_STEP_SECONDS)) {
      throw new InputError(where, `from ${from} to ${to}`, `an end at least ${LEAST_STEP_SECONDS} s after the beginning`)
    }
    const known = spans.get(phone)
    if (known) known.push(span)
    else spans.set(phone, [span])
  }
  const next = (phone: number, at: number): number => {
    const own = spans.get(phone)
    if (!own) return at
    return own.filter(({ to }) => at < to).reduce((first, { from }) => Math.min(first, Math.max(at, from)), Infinity)
  }
  return { has: (phone, at) => next(phone, at) === at, next }
}

/** Makes each phone unavailable once the trace of its link has ended. @param ends that time by phone; Infinity for a trace without an end */
export function untilTracesEnd(availability: Availability, ends: readonly number[]): Availability {
  if (ends.every((end) => end === Infinity)) return availability
  const next = (phone: number, seconds: number): number => {
    const soonest = availability.next(phone, seconds)
    return soonest < (ends[phone] ?? Infinity) ? soonest : Infinity
  }
  return { has: (phone, seconds) => next(phone, seconds) === seconds, next }
}

function timeOf(cell: string, where: string): number {
  const value = Number(cell)
  if (cell !== '' && value >= 0 && value <= MOST_SECONDS) return value
  throw new InputError(where, `"${cell}" for a time`, `seconds of virtual time, 0 to ${MOST_SECONDS}`)
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
