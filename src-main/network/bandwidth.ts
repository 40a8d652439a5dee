/** The bandwidth of a link over time as a step function. Both directions of a link use one radio. */
import { InputError } from '#shared/errors/input-error.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { RecordedBandwidth } from '#shared/scenario/overrides.ts'
import { LEAST_STEP_SECONDS, MOST_SECONDS } from '#shared/units/virtual-time-bounds.ts'

export type LinkDirection = 'down' | 'up'

/** The tolerance for decimal seconds, which binary numbers only approximate: .003 - .002 is less than .001. */
const ROUNDING = 1 - 1e-6

export interface Bandwidth {
  /** Returns bits per second at a moment of virtual time. */
  at(direction: LinkDirection, seconds: number): number
  /** Returns the first time after `seconds` at which the bandwidth may change; Infinity if it never does. */
  validUntil(seconds: number): number
}

type Medians = Readonly<Record<LinkDirection, number>>

export function constantBandwidth(bitsPerSecond: Medians): Bandwidth {
  return { at: (direction) => bitsPerSecond[direction], validUntil: () => Infinity }
}

/**
 * Returns a bandwidth that is, in every second, the median times exp(sigma * normal). The normal number depends only on the seed, the link and the
 * second, and both directions share it.
 */
export function lognormalBandwidth(medians: Medians, sigma: number, seed: number, link: string): Bandwidth {
  return {
    at: (direction, seconds) => {
      const normal = new Stream(deriveKey(seed, 'link', link, Math.floor(seconds))).normal()
      return medians[direction] * Math.exp(sigma * normal)
    },
    validUntil: (seconds) => Math.floor(seconds) + 1,
  }
}

export type BandwidthTrace = RecordedBandwidth

/** Joins the downlink of one bandwidth and the uplink of another. */
export function directions(down: Bandwidth, up: Bandwidth): Bandwidth {
  return {
    at: (direction, seconds) => (direction === 'down' ? down : up).at(direction, seconds),
    validUntil: (seconds) => Math.min(down.validUntil(seconds), up.validUntil(seconds)),
  }
}

/**
 * Plays a recorded trace, again and again or once. After the end of a trace that plays once, messages under way go on at its last rate above 0, and
 * no phone is asked any more (`untilTracesEnd`). @throws InputError at `where` if the trace is invalid
 */
export function tracedBandwidth(trace: BandwidthTrace, where: string): Bandwidth {
  const { startSeconds: starts } = trace
  const rates: Readonly<Record<LinkDirection, readonly number[]>> = { down: trace.downBitsPerSecond, up: trace.upBitsPerSecond }
  if (starts.length < 2) throw new InputError(where, `${starts.length} rows`, 'at least two: the last one says when the recording ends')
  starts.forEach((start, i) => {
    const before = starts[i - 1]
    if (i === 0 ? start !== 0 : !(start > before!)) {
      throw new InputError(`${where}: row ${i + 1}`, `${start} s`, i === 0 ? '0 s' : `seconds after ${before}`)
    }
    if (i > 0 && (start - before! < LEAST_STEP_SECONDS * ROUNDING || start > MOST_SECONDS)) {
      const expected = `at least ${LEAST_STEP_SECONDS} s after the row before and at most ${MOST_SECONDS} s`
      throw new InputError(`${where}: row ${i + 1}`, `${start} s`, expected)
    }
    for (const direction of ['down', 'up'] as const) {
      const rate = rates[direction][i]!
      if (!(rate >= 0 && Number.isFinite(rate))) throw new InputError(`${where}: row ${i + 1}`, `${rate} bit/s ${direction}`, '0 or more')
    }
  })
  for (const direction of ['down', 'up'] as const) {
    if (rates[direction].slice(0, -1).every((rate) => rate === 0)) {
      throw new InputError(where, `no bandwidth ${direction} at any time`, 'some, or no message ever arrives')
    }
  }
  const end = trace.end ?? 'repeat'
  const last = starts.length - 2
  for (const direction of ['down', 'up'] as const) {
    if (end !== 'hold' || rates[direction][last]! > 0) continue
    throw new InputError(where, `no bandwidth ${direction} in the last row, which holds for ever`, 'some, or traceEnd "repeat" or "end"')
  }
  const period = starts.at(-1)!
  /** Returns the row that holds at `seconds`, and the time until which it holds. */
  const place = (seconds: number): { row: number; until: number } => {
    const turn = Math.floor(seconds / period)
    const within = seconds - turn * period
    let [low, high] = [0, starts.length - 2]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= within) low = middle
      else high = middle - 1
    }
    const until = turn * period + starts[low + 1]!
    if (until > seconds) return { row: low, until }
    // Rounding can put `seconds` just before the change that it was meant to be.
    const row = (low + 1) % (starts.length - 1)
    return { row, until: (turn + (row === 0 ? 1 : 0)) * period + starts[row + 1]! }
  }
  if (end === 'repeat') {
    return { at: (direction, seconds) => rates[direction][place(seconds).row]!, validUntil: (seconds) => place(seconds).until }
  }
  const after = (direction: LinkDirection): number => rates[direction].slice(0, -1).findLast((rate) => rate > 0)!
  return {
    at: (direction, seconds) => (seconds < period ? rates[direction][place(seconds).row]! : after(direction)),
    validUntil: (seconds) => (seconds < period ? place(seconds).until : Infinity),
  }
}
