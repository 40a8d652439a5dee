/** Reads the answers of a round's phones from their frames. */
import { RunFailed } from '#shared/errors/run-failed.ts'
import { decodeAll, openDirection } from '#main/wire/coded-direction.ts'
import { unpackMeasurements } from '#main/wire/derivatives.ts'
import { directionCounts, namedDirections, answerForm } from '#main/wire/direction-request.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { ProbeReport, WorkedBatch } from '#main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { PhoneScalars } from './methods/method.ts'

type Measured = Omit<PhoneScalars, 'weight' | 'rows'>
/** The part of a round's plan that tells how a phone's numbers are to be read. */
export type Asked = Pick<ProbeRequest, 'directions' | 'local' | 'curvature' | 'review' | 'privacy'>

export interface Answer extends Measured {
  /** Mean private loss over all that was computed; null where the phone keeps it to itself. */
  readonly loss: number | null
  readonly batches: readonly WorkedBatch[]
  readonly bytesUp: number
}

/** @throws RunFailed if what was measured is no number */
export function readAnswer(round: number, asked: Asked, report: ProbeReport, layout: ParameterLayout): Answer {
  const { phone, round: askedIn, lossMean, values } = readScalars(report.frame)
  const told = asked.privacy === undefined
  if ((told && !Number.isFinite(lossMean)) || !values.every(Number.isFinite) || report.difference === null) {
    throw new RunFailed(`round ${round}: phone ${phone} measured a loss that is no number; try a smaller learningRate or probeSize`)
  }
  return {
    phone,
    loss: told ? lossMean : null,
    batches: report.batches,
    bytesUp: report.frame.length + (report.difference?.length ?? 0),
    ...measuredBy(asked, values, { phone, round: askedIn }),
    ...(report.difference ? { difference: readDifference(report.difference, layout) } : {}),
  }
}

/** Returns what the server knows of an answer that it can't read alone. */
export function sealedAnswer(phone: number, { frame, batches }: ProbeReport): Answer {
  return { phone, loss: null, batches, bytesUp: frame.length, estimates: [] }
}

/** The same phone's answer to a first and to a further request of a round. */
export function joined(first: Answer, further: Answer): Answer {
  const [a, b] = [first.estimates.length, further.estimates.length]
  return {
    ...first,
    loss: first.loss === null || further.loss === null ? null : (a * first.loss + b * further.loss) / (a + b),
    estimates: [...first.estimates, ...further.estimates],
    batches: [...first.batches, ...further.batches],
    bytesUp: first.bytesUp + further.bytesUp,
  }
}

/** Weights each phone's answer by its share of the private rows of all phones that answered. */
export function weighted(answers: readonly Answer[], privateRows: readonly number[]): PhoneScalars[] {
  const fleet = privateRows.reduce((sum, count) => sum + count, 0)
  const rows = answers.reduce((sum, { phone }) => sum + privateRows[phone]!, 0)
  return answers.map(({ phone, estimates, curvature, difference, review, batches }) => ({
    phone,
    weight: privateRows[phone]! / rows,
    share: privateRows[phone]! / fleet,
    rows: batches[0]?.sequences ?? 0,
    estimates,
    ...(curvature ? { curvature } : {}),
    ...(review ? { review } : {}),
    ...(difference ? { difference } : {}),
  }))
}

export function forwardPasses({ batches }: Pick<Answer, 'batches'>): number {
  return batches.reduce((sum, batch) => sum + batch.forwardPasses, 0)
}

/** Interprets the numbers that a phone sent, by what it was asked. @param by the phone, and the round whose directions it probed */
export function measuredBy(
  asked: Asked,
  numbers: ArrayLike<number>,
  by: { readonly phone: number; readonly round: number },
): Pick<Measured, 'estimates' | 'curvature' | 'review'> {
  const { estimates, drawn, ...between } = unpackMeasurements(numbers, answerForm(asked))
  const basisSize = (): number => estimates.length - directionCounts(asked.directions).counted
  const directions = namedDirections(asked.directions, { ...by, basisSize, drawn })
  return { estimates: directions.map((direction, k) => ({ direction, ...estimates[k]! })), ...between }
}

function readDifference(bytes: Uint8Array, { parameters, size }: ParameterLayout): Float32Array {
  const { coding, payload } = readDirection(bytes)
  return decodeAll(openDirection(parameters, coding, payload), size)
}
