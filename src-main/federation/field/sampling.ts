/**
 * Samples the phones that a round asks, and those of them that are lost before they answer. Every draw belongs to one phone in one round alone, so it
 * is the same whoever else is there.
 */
import { Stream, deriveKey } from '#shared/random/counter.ts'

/** Names a round's draws; a round that is asked again draws anew. */
interface Draw {
  readonly seed: number
  readonly round: number
  readonly attempt: number
}

/**
 * `count` of `candidates`, uniformly without replacement: those with the least of one uniform number each.
 * @returns ascending; all candidates where there are no more than `count`
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
