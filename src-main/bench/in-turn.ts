/** Work timed against other work in turn, so that whatever else the machine does meets both alike. */
import { median } from './bench-definition.ts'

/** Does a piece of work once. @returns the processor time it took, in seconds */
export type Timed = () => Promise<number>

/** Processor time of this process, all its threads. */
export async function processorSeconds(work: () => unknown): Promise<number> {
  const from = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1e6
}

/** Seconds of each, round by round: every piece of work runs once before one runs again. One round more warms up. */
export async function inTurn<Name extends string>(rounds: number, works: Readonly<Record<Name, Timed>>): Promise<Record<Name, number[]>> {
  const names = Object.keys(works) as Name[]
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const taken = await works[name]()
      if (round >= 0) seconds[name].push(taken)
    }
  }
  return seconds
}

export interface Comparison {
  readonly work: string
  readonly against: string
  /** The median time in seconds. */
  readonly seconds: number
  readonly againstSeconds: number
  /** Median over rounds of one's time over the other's of the same round. */
  readonly ratio: number
  /** The largest ratio that is aimed at; null where nothing is promised. */
  readonly aim: number | null
  readonly met: boolean | null
  readonly rounds: number
}

export function compared(
  [work, seconds]: readonly [string, readonly number[]],
  [against, againstSeconds]: readonly [string, readonly number[]],
  aim: number | null,
): Comparison {
  const ratio = median(seconds.map((taken, round) => taken / againstSeconds[round]!))
  const met = aim === null ? null : ratio <= aim
  const medians = { seconds: median(seconds), againstSeconds: median(againstSeconds) }
  return { work, against, ...medians, ratio, aim, met, rounds: seconds.length }
}
