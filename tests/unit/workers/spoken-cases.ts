/** Drawn cases as phones are told them. */
import type { Term } from '#main/wire/direction.ts'
import { basis, drawn, own, shared } from '#main/wire/direction-request.ts'
import { writeUpdate } from '#main/wire/update-frame.ts'
import type { MaskRequest, ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { DrawnProbe, DrawnUpdate } from './drawn-cases.ts'

export function requestOf(round: number, probe: DrawnProbe, cohort: MaskRequest['cohort']): ProbeRequest {
  const { guided, blockwise, random, first, project, candidates, mixture, seeds, curvature, review, local, most, privacy, masked } = probe
  const projected = { ...(project ? { projected: true } : {}), ...(blockwise ? { layerwise: true } : {}) }
  const directions = [
    ...(guided ? [basis(blockwise)] : []),
    shared(probe.shared, projected),
    seeds === null
      ? own(random, { ...projected, ...(mixture ? { mixture } : {}), ...(candidates > 1 ? { candidates } : {}) }, first)
      : { ...drawn(random, seeds), ...projected },
  ]
  return {
    round,
    directions,
    part: first,
    curvature,
    review,
    ...(local ? { local } : {}),
    ...(most === null ? {} : { most }),
    ...(privacy ? { privacy } : {}),
    ...(masked ? { mask: { attempt: 0, cohort } } : {}),
  }
}

/** @param pool directions that phones have, which span a basis of as many, in every layer */
export function updateOf(round: number, update: DrawnUpdate, pool: number, layers: number): Uint8Array {
  const { learningRate, blockwise, asReceived, phones, ownRounds, project, candidates, seeds, anchor } = update
  const guided = update.guided.slice(0, blockwise ? pool * layers : pool)
  const subspace = blockwise ? { layerwise: true } : {}
  const modifiers = { ...subspace, projected: project }
  const terms: Term[] = [
    ...guided.map((coefficient, index): Term => {
      return { direction: asReceived ? { kind: 'received', index } : { kind: 'basis', index, ...subspace }, coefficient }
    }),
    ...update.shared.map((coefficient, index): Term => {
      return { direction: { kind: 'seeded', owner: 'everybody', round, index, ...modifiers }, coefficient }
    }),
    ...phones.flatMap(({ phone: owner, round: theirs, random }) =>
      random.map((coefficient, index): Term => {
        return { direction: { kind: 'seeded', owner, round: ownRounds ? theirs : round, candidates, index, ...modifiers }, coefficient }
      }),
    ),
    ...seeds.map(({ seed: index, coefficient }): Term => ({ direction: { kind: 'from-set', index, ...modifiers }, coefficient })),
  ]
  return writeUpdate({ round, sequence: 0, learningRate, anchor, terms: anchor === 'return' ? [] : terms })
}
