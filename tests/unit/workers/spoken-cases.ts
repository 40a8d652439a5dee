/** Drawn cases as phones are told them. */
import type { Term } from '#main/wire/direction.ts'
import { writeUpdate } from '#main/wire/update-frame.ts'
import type { MaskRequest, ProbeRequest } from '#main/workers/commands.ts'
import type { DrawnProbe, DrawnUpdate } from './drawn-cases.ts'

export function requestOf(
  round: number,
  { local, most, privacy, masked, seeds, mixture, ...plain }: DrawnProbe,
  cohort: MaskRequest['cohort'],
): ProbeRequest {
  return {
    round,
    ...plain,
    ...(mixture ? { mixture } : {}),
    ...(seeds === null ? {} : { seeds }),
    ...(local ? { local } : {}),
    ...(most === null ? {} : { most }),
    ...(privacy ? { privacy } : {}),
    ...(masked ? { mask: { attempt: 0, cohort } } : {}),
  }
}

/** @param pool directions that phones have, which span a basis of as many, in every layer */
export function updateOf(round: number, update: DrawnUpdate, pool: number, layers: number): Uint8Array {
  const { learningRate, blockwise, asReceived, shared, phones, ownRounds, project, candidates, seeds, anchor } = update
  const guided = update.guided.slice(0, blockwise ? pool * layers : pool)
  const subspace = blockwise ? { layerwise: true } : {}
  const modifiers = { ...subspace, projected: project }
  const terms: Term[] = [
    ...guided.map((coefficient, index): Term => {
      return { direction: asReceived ? { kind: 'received', index } : { kind: 'basis', index, ...subspace }, coefficient }
    }),
    ...shared.map((coefficient, index): Term => {
      return { direction: { kind: 'seeded', owner: 'everybody', round, index, ...modifiers }, coefficient }
    }),
    ...phones.flatMap(({ phone: owner, round: own, random }) =>
      random.map((coefficient, index): Term => {
        return { direction: { kind: 'seeded', owner, round: ownRounds ? own : round, candidates, index, ...modifiers }, coefficient }
      }),
    ),
    ...seeds.map(({ seed: index, coefficient }): Term => ({ direction: { kind: 'from-set', index, ...modifiers }, coefficient })),
  ]
  return writeUpdate({ round, sequence: 0, learningRate, anchor, terms: anchor === 'return' ? [] : terms })
}
