/** What the phones of a round answered, read from their frames. */
import { RunFailed } from '#shared/errors/run-failed.ts'
import { decodeAll, openDirection } from '#main/wire/coded-direction.ts'
import { unpackCurved, unpackDerivatives, withoutReview } from '#main/wire/derivatives.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { ProbeReport, ProbeRequest, WorkedBatch } from '#main/workers/commands.ts'
import type { PhoneScalars, RoundPlan } from './methods/method.ts'

type Measured = Omit<PhoneScalars, 'weight' | 'rows'>
/** What tells how a phone's numbers are to be read. */
export type Asked = Pick<RoundPlan, 'shared' | 'random' | 'local' | 'seeds' | 'curvature' | 'review'> & Pick<ProbeRequest, 'privacy'>

export interface Answer extends Measured {
  /** Mean private loss over all that was computed; null where the phone keeps it to itself. */
  readonly loss: number | null
  readonly batches: readonly WorkedBatch[]
  readonly bytesUp: number
}

/** @throws RunFailed if what was measured is no number */
export function readAnswer(round: number, asked: Asked, report: ProbeReport, layout: ParameterLayout): Answer {
  const { phone, lossMean, values } = readScalars(report.frame)
  const told = asked.privacy === undefined
  if ((told && !Number.isFinite(lossMean)) || !values.every(Number.isFinite) || report.difference === null) {
    throw new RunFailed(`round ${round}: phone ${phone} measured a loss that is no number; try a smaller learningRate or probeSize`)
  }
  return {
    phone,
    loss: told ? lossMean : null,
    batches: report.batches,
    bytesUp: report.frame.length + (report.difference?.length ?? 0),
    ...measuredBy(asked, values),
    ...(report.difference ? { difference: readDifference(report.difference, layout) } : {}),
  }
}

/** What the server knows of an answer that it can't read alone. */
export function sealedAnswer(phone: number, { frame, batches }: ProbeReport): Answer {
  return { phone, loss: null, batches, bytesUp: frame.length, guided: [], shared: [], random: [] }
}

/** The same phone's answer to a first and to a further request of a round. */
export function joined(first: Answer, further: Answer): Answer {
  const [a, b] = [first.random.length, further.random.length]
  return {
    ...first,
    loss: first.loss === null || further.loss === null ? null : (a * first.loss + b * further.loss) / (a + b),
    random: [...first.random, ...further.random],
    batches: [...first.batches, ...further.batches],
    bytesUp: first.bytesUp + further.bytesUp,
  }
}

/** Each phone with its share of the private rows of those that answered. */
export function weighted(answers: readonly Answer[], privateRows: readonly number[]): PhoneScalars[] {
  const fleet = privateRows.reduce((sum, count) => sum + count, 0)
  const rows = answers.reduce((sum, { phone }) => sum + privateRows[phone]!, 0)
  return answers.map(({ phone, guided, shared, random, seeds, curvature, difference, review, batches }) => ({
    phone,
    weight: privateRows[phone]! / rows,
    share: privateRows[phone]! / fleet,
    rows: batches[0]?.sequences ?? 0,
    guided,
    shared,
    random,
    ...(seeds ? { seeds } : {}),
    ...(curvature ? { curvature } : {}),
    ...(review ? { review } : {}),
    ...(difference ? { difference } : {}),
  }))
}

export function forwardPasses({ batches }: Pick<Answer, 'batches'>): number {
  return batches.reduce((sum, batch) => sum + batch.forwardPasses, 0)
}

/** What a phone's numbers are, by how it was asked. */
export function measuredBy(asked: Asked, values: Float64Array): Omit<Measured, 'phone' | 'difference'> {
  if (asked.curvature && asked.review) {
    const { rest, review } = withoutReview(values, asked.random)
    return { ...unpackCurved(rest, asked.shared, asked.random), review }
  }
  if (asked.curvature) return unpackCurved(values, asked.shared, asked.random)
  if (!asked.local) return unpackDerivatives(values, asked.shared, asked.random)
  const scalars = asked.shared + asked.random
  const [random, seeds] = [values.slice(0, scalars), values.slice(scalars)].map((part) => Array.from(part)) as [number[], number[]]
  return { guided: [], shared: [], random, ...(asked.seeds === undefined ? {} : { seeds }) }
}

function readDifference(bytes: Uint8Array, { parameters, size }: ParameterLayout): Float32Array {
  const { coding, payload } = readDirection(bytes)
  return decodeAll(openDirection(parameters, coding, payload), size)
}
