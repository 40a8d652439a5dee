/**
 * Samples the phones that a round asks, and those of them that are lost before they answer. Every phone has its own draw in every round, which is the
 * same whoever else is there.
 */
import { Stream, deriveKey } from '#shared/random/counter.ts'

/** The key of a round's draws; each attempt at a round draws anew. */
interface Draw {
  readonly seed: number
  readonly round: number
  readonly attempt: number
}

/**
 * Draws `count` of `candidates` uniformly without replacement: each gets a uniform number, and the smallest win.
 * @returns them in ascending order; all candidates if there are no more than `count`
 */
export function withoutReplacement(draw: Draw, candidates: readonly number[], count: number): number[] {
  const keyed = candidates.map((phone) => ({ phone, key: uniform('selected', draw, phone) }))
  return keyed
    .toSorted((a, b) => a.key - b.key || a.phone - b.phone)
    .slice(0, count)
    .map(({ phone }) => phone)
    .toSorted((a, b) => a - b)
}

/** Takes each candidate with probability `share`, independently of the others, as the accountant of a subsampled mechanism assumes. */
export function poisson(draw: Draw, candidates: readonly number[], share: number): number[] {
  return candidates.filter((phone) => uniform('selected', draw, phone) < share)
}

/** Returns the phones that are lost before they answer: each with `probability`, independently. */
export function dropouts(draw: Draw, phones: readonly number[], probability: number): number[] {
  return phones.filter((phone) => uniform('dropout', draw, phone) < probability)
}

function uniform(what: string, { seed, round, attempt }: Draw, phone: number): number {
  return new Stream(deriveKey(seed, what, round, attempt, phone)).uniform()
}
