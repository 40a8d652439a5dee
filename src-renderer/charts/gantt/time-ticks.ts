/** Places and labels the ticks of a time axis. */
import type { TimeWindow } from './time-window.ts'

export interface TimeTick {
  readonly seconds: number
  readonly text: string
}

const MINUTE = 60
const HOUR = 3600
/** The steps above a second, in which people count. */
const LONG_STEPS = [1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR]

/** Returns the ticks within the window, none of them before 0, at least `leastGap` pixels apart. */
export function timeTicks(window: TimeWindow, width: number, leastGap: number): TimeTick[] {
  const span = window.toSeconds - window.fromSeconds
  const step = stepOf((span * leastGap) / width)
  const ticks: TimeTick[] = []
  const last = Math.floor(window.toSeconds / step)
  for (let n = Math.max(0, Math.ceil(window.fromSeconds / step)); n <= last; n++) {
    const seconds = n * step
    ticks.push({ seconds, text: timeText(seconds, step, window.toSeconds) })
  }
  return ticks
}

/** Returns the least step of at least `seconds` in which people count. */
export function stepOf(seconds: number): number {
  if (seconds > 0.5) return LONG_STEPS.find((step) => step >= seconds) ?? 24 * HOUR * decadeStep(seconds / (24 * HOUR))
  return decadeStep(seconds)
}

/** Returns 1, 2 or 5 times a power of ten. */
function decadeStep(atLeast: number): number {
  const power = Math.floor(Math.log10(atLeast))
  const factor = [1, 2, 5].find((f) => f * 10 ** power >= atLeast * (1 - 1e-9)) ?? 10
  // Division keeps 0.001 exact where 10 ** -3 times a factor may not be.
  return power < 0 ? factor / 10 ** -power : factor * 10 ** power
}

/** Labels a tick, precise to the step; in minutes and hours if the window reaches beyond two minutes in steps of a second or more. */
function timeText(seconds: number, step: number, reach: number): string {
  if (seconds === 0) return '0'
  if (step >= 1 && reach >= 2 * MINUTE) return clockText(seconds)
  if (reach < 1e-3) return `${decimals(seconds * 1e6, step * 1e6)} µs`
  if (reach < 1) return `${decimals(seconds * 1e3, step * 1e3)} ms`
  return `${decimals(seconds, step)} s`
}

/** Formats a time as `4:05` or `1:04:05`. */
function clockText(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(whole / HOUR)
  const minutes = Math.floor((whole % HOUR) / MINUTE)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % MINUTE)}` : `${minutes}:${two(whole % MINUTE)}`
}

function decimals(value: number, step: number): string {
  return value.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))
}

/** Formats a time on the virtual clock, precise enough to be told from its neighbours on the screen: `12.345 s`, `45.678 ms`. */
export function formatMoment(seconds: number): string {
  if (Math.abs(seconds) < 1) return `${(seconds * 1e3).toFixed(3)} ms`
  return `${seconds.toFixed(3)} s`
}
