/** The messages that make an aggregate everybody's update: the direction that it brings along, if it does, and the update itself. */
import { codeAndWriteDirection } from '#main/wire/direction-frame.ts'
import { writeUpdate } from '#main/wire/update-frame.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { Term } from '#main/wire/direction.ts'
import type { Aggregate, RoundPlan } from './methods/method.ts'

export interface UpdateMessages {
  /** To be taken into every pool before `update` is applied. */
  readonly direction: Uint8Array | null
  readonly update: Uint8Array
}

/** @param phones that the aggregate's `random` belongs to, in its order @param rounds in which they were asked, unless all in `round` */
export function updateMessages(
  round: number,
  learningRate: number,
  { project, candidates = 1, blockwise = false }: RoundPlan,
  { guided, shared, random, seeds, asReceived = false, direction, takeBack = false, holds = false }: Aggregate,
  phones: readonly number[],
  layout: ParameterLayout,
  rounds?: readonly number[],
): UpdateMessages {
  const subspace = blockwise ? { layerwise: true } : {}
  const modifiers = project ? { ...subspace, projected: true } : {}
  const some = candidates > 1 ? { candidates } : {}
  const terms: Term[] = [
    ...guided.map((coefficient, index) => ({
      direction: asReceived ? { kind: 'received' as const, index } : { kind: 'basis' as const, index, ...subspace },
      coefficient,
    })),
    ...shared.map((coefficient, index) => ({
      direction: { kind: 'seeded' as const, owner: 'everybody' as const, round, index, ...modifiers },
      coefficient,
    })),
    ...random.flatMap((own, i) =>
      own.map((coefficient, index) => ({
        direction: { kind: 'seeded' as const, owner: phones[i]!, round: rounds?.[i] ?? round, ...some, index, ...modifiers },
        coefficient,
      })),
    ),
    ...[...(seeds ?? [])].map(([index, coefficient]) => ({ direction: { kind: 'from-set' as const, index, ...modifiers }, coefficient })),
  ]
  const anchor = takeBack ? 'return' : holds ? 'stays' : 'moves'
  const update = writeUpdate({ round, sequence: 0, learningRate, anchor, terms })
  const { parameters } = layout
  return {
    direction: direction ? codeAndWriteDirection({ round, label: 0 }, direction.values, parameters, direction.bits) : null,
    update,
  }
}
