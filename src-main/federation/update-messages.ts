/** The messages that make an aggregate everybody's update: the direction that it brings along, if it does, and the update itself. */
import { codeDirection, type Coding } from '#main/network/codec/coded-direction.ts'
import { writeDirection } from '#main/network/codec/direction-frame.ts'
import { isBits } from '#main/network/codec/quantise.ts'
import { writeUpdate } from '#main/network/codec/update-frame.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import { encodePlan } from '#main/training/update-plan.ts'
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
  { guided, shared, random, seeds, asReceived = false, direction }: Aggregate,
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
      ...(seeds ? { seeds: [...seeds.keys()] } : {}),
    }),
  })
  return { direction: direction ? directionFrame(round, direction, layout) : null, update }
}

function directionFrame(round: number, { values, bits }: NonNullable<Aggregate['direction']>, { parameters }: ParameterLayout): Uint8Array {
  if (!isBits(bits)) throw new Error(`a direction can't be coded in ${bits} bits`)
  const coding: Coding = { kind: 'uniform', bits: parameters.map(() => bits) }
  const { payload } = codeDirection(values, parameters, coding)
  return writeDirection({ round, sequence: 0, label: 0, firstSegment: 0, coding, payload })
}
