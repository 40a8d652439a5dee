/**
 * Bandwidth over time for the comparison of controllers, each with both directions alike. Between the least and the most, a round's
 * directions take from a fraction to many times what its computing takes, so that the choice of bits matters; what changes does so within the
 * few seconds of a run.
 */
import type { RecordedBandwidth } from '#shared/scenario/overrides.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

export interface NamedTrace {
  readonly name: string
  /** A clause that describes the link the trace stands for. */
  readonly words: string
  readonly changes: boolean
  readonly trace: RecordedBandwidth
}

const SLOW = 0.4e6
const FAST = 10e6
const PERIOD_SECONDS = 600

/** @param rate bits per second at a moment */
function recorded(stepSeconds: number, rate: (seconds: number) => number): RecordedBandwidth {
  const steps = Math.round(PERIOD_SECONDS / stepSeconds)
  const startSeconds = Array.from({ length: steps + 1 }, (_, i) => i * stepSeconds)
  const rates = startSeconds.map(rate)
  return { startSeconds, downBitsPerSecond: rates, upBitsPerSecond: rates }
}

/** Draws a mean-reverting random walk of the logarithm, four steps a second. */
function walk(seed: number): RecordedBandwidth {
  const stream = new Stream(deriveKey(seed, 'walk'))
  const middle = Math.log(Math.sqrt(SLOW * FAST))
  let level = middle
  return recorded(0.25, () => {
    level += 0.15 * (middle - level) + 0.5 * stream.normal()
    return Math.min(2 * FAST, Math.max(SLOW / 2, Math.exp(level)))
  })
}

export const TRACES: readonly NamedTrace[] = [
  { name: 'slow', words: 'always 0.4 Mbit/s', changes: false, trace: recorded(PERIOD_SECONDS, () => SLOW) },
  { name: 'middle', words: 'always 2 Mbit/s', changes: false, trace: recorded(PERIOD_SECONDS, () => 2e6) },
  { name: 'fast', words: 'always 10 Mbit/s', changes: false, trace: recorded(PERIOD_SECONDS, () => FAST) },
  { name: 'drop', words: '10 Mbit/s for 0.8 s, then 0.4', changes: true, trace: recorded(0.8, (t) => (t < 0.8 ? FAST : SLOW)) },
  { name: 'rise', words: '0.4 Mbit/s for 3 s, then 10', changes: true, trace: recorded(1, (t) => (t < 3 ? SLOW : FAST)) },
  {
    name: 'tunnels',
    words: '10 Mbit/s and 0.4 in turn, a second each',
    changes: true,
    trace: recorded(1, (t) => (t % 2 < 1 ? FAST : SLOW)),
  },
  { name: 'walk', words: 'a random walk between 0.2 and 20 Mbit/s', changes: true, trace: walk(7) },
]

/** Writes the trace in the format that the scenario's `trace` reads. */
export function traceCsv({ startSeconds, downBitsPerSecond, upBitsPerSecond }: RecordedBandwidth): string {
  const rows = startSeconds.map((t, i) => `${t},${downBitsPerSecond[i]! / 1e6},${upBitsPerSecond[i]! / 1e6}\n`)
  return `seconds,downMbps,upMbps\n${rows.join('')}`
}
