/** The directions that a phone is asked to probe, by the seeds that everybody knows. */
import type { Combination } from '#main/training/directions/combination.ts'
import { type ProbedReplica, SHARED, noiseKey, seedKey } from '#main/training/replica.ts'
import { type Key, Stream, deriveKey } from '#shared/random/counter.ts'
import type { ProbeRequest } from './commands.ts'

export interface ProbeDirections {
  /** Guided ones, then shared ones, then the phone's own. */
  readonly directions: readonly Combination[]
  /** Where the phone's own come out of a fixed set: which of it. */
  readonly seeds: readonly number[]
}

export function probeDirections(request: ProbeRequest, phone: number, replica: ProbedReplica): ProbeDirections {
  const { round, guided, random, shared, project, seeds, mixture, blockwise = false, first = 0, candidates = 1 } = request
  const { seed } = replica.spec
  const stream = new Stream(deriveKey(seed, 'seed choice', round, phone))
  const chosen = Array.from({ length: seeds === undefined ? 0 : random }, () => stream.below(seeds!))
  const along = (key: Key): Combination => replica.randomDirection(key, project, blockwise)
  const own = (index: number): Combination => {
    const at = first + index
    const free = along(seeds === undefined ? replica.likelyKey(round, phone, at, candidates) : seedKey(seed, chosen[index]!))
    return mixture ? { ...free, pool: mixtureOf(replica, deriveKey(seed, 'mixture', round, phone, at)) } : free
  }
  return {
    directions: [
      ...(guided ? replica.guidedDirections(blockwise) : []),
      ...Array.from({ length: shared }, (_, index) => along(noiseKey(seed, round, SHARED, index))),
      ...Array.from({ length: random }, (_, index) => own(index)),
    ],
    seeds: chosen,
  }
}

/** sum_k alpha_k s_k over the pool, alpha ~ N(0, 1). */
function mixtureOf({ pool }: ProbedReplica, key: Key): Float64Array {
  const stream = new Stream(key)
  return Float64Array.from({ length: pool.count }, () => stream.normal())
}
