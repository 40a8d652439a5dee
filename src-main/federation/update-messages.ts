/** The messages that make an aggregate everybody's update: the direction that it brings along, if it does, and the update itself. */
import { codeAndWriteDirection } from '#main/wire/direction-frame.ts'
import { writeUpdate } from '#main/wire/update-frame.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import { encodePlan } from '#main/wire/update-plan.ts'
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
  const update = writeUpdate({
    round,
    sequence: 0,
    learningRate,
    guided: Float32Array.from(guided),
    random: Float32Array.from([...shared, ...random.flat(), ...(seeds?.values() ?? [])]),
    integers: encodePlan({
      perPhone: random[0]?.length ?? 0,
      shared: shared.length,
      project,
      phones,
      ...(rounds ? { rounds } : {}),
      asReceived,
      blockwise,
      candidates,
      takeBack,
      holds,
      ...(seeds ? { seeds: [...seeds.keys()] } : {}),
    }),
  })
  const { parameters } = layout
  return {
    direction: direction ? codeAndWriteDirection({ round, label: 0 }, direction.values, parameters, direction.bits) : null,
    update,
  }
}
