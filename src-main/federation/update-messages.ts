/** The messages that carry an aggregate to every replica: its new direction, if it has one, and the update itself. */
import { codeAndWriteDirection } from '#main/wire/direction-frame.ts'
import { writeUpdate } from '#main/wire/update-frame.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { Aggregate } from './methods/method.ts'

interface UpdateMessages {
  /** The direction that every pool takes in before `update` is applied; null if there is none. */
  readonly direction: Uint8Array | null
  readonly update: Uint8Array
}

export function updateMessages(
  round: number,
  learningRate: number,
  { terms, anchor = 'moves', direction }: Aggregate,
  { parameters }: ParameterLayout,
): UpdateMessages {
  return {
    direction: direction ? codeAndWriteDirection({ round, label: 0 }, direction.values, parameters, direction.bits) : null,
    update: writeUpdate({ round, sequence: 0, learningRate, anchor, terms }),
  }
}
