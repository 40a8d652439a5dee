/** The directions that a phone is asked to probe, by the seeds that everybody knows. */
import type { Direction } from '#main/wire/direction.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { ProbeRequest } from './commands.ts'

/** Guided ones, then shared ones, then the phone's own. @param basisSize of the replica's pool */
export function probeDirections(
  request: ProbeRequest,
  phone: number,
  seed: number,
  basisSize: (layerwise: boolean) => number,
): Direction[] {
  const { round, guided, random, shared, project, seeds, mixture, blockwise = false, first = 0, candidates = 1 } = request
  const stream = new Stream(deriveKey(seed, 'seed choice', round, phone))
  const subspace = blockwise ? { layerwise: true } : {}
  const projected = project ? { ...subspace, projected: true } : {}
  const own = (i: number): Direction => {
    if (seeds !== undefined) return { kind: 'from-set', index: stream.below(seeds), ...projected }
    return { kind: 'seeded', owner: phone, round, candidates, index: first + i, ...projected, ...(mixture ? { mixture } : {}) }
  }
  return [
    ...Array.from({ length: guided ? basisSize(blockwise) : 0 }, (_, index): Direction => ({ kind: 'basis', index, ...subspace })),
    ...Array.from({ length: shared }, (_, index): Direction => ({ kind: 'seeded', owner: 'everybody', round, index, ...projected })),
    ...Array.from({ length: random }, (_, i) => own(i)),
  ]
}
