/** What the server learns where it may learn no more than a sum: of masked answers, or of readable ones that it blurs before it uses them. */
import { answerForm } from '#main/wire/direction-request.ts'
import { type MaskKeysFrame, readMaskKeys, readMasked } from '#main/wire/masked-frames.ts'
import { packMeasurements, valuesIn } from '#main/wire/derivatives.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { type Answer, type Asked, measuredBy } from '../answers.ts'
import type { PhoneScalars } from '../methods/method.ts'
import { fleetMean, summed } from './fleet-mean.ts'
import { maskedSum } from './masked-sum.ts'

/** Noise that the server adds to the sum. */
export interface ServerNoise {
  readonly seed: number
  readonly round: number
  readonly deviation: number
}

/** @param weightOf each answer in the sum @param weight of the whole sum @param revealed mask-keys frames of the phones that answered */
export function ofMasked(
  asked: Asked,
  reports: ReadonlyMap<number, ProbeReport>,
  lost: readonly number[],
  revealed: ReadonlyMap<number, Uint8Array>,
  weightOf: (phone: number) => number,
  weight: number,
  noise: ServerNoise | null,
): PhoneScalars {
  const frames = [...reports.values()].map(({ frame }) => readMasked(frame))
  // The last number is the loss, which no method needs.
  const sums = maskedSum(
    frames,
    lost,
    [...revealed.values()].map((bytes): MaskKeysFrame => readMaskKeys(bytes)),
  ).slice(0, -1)
  const answers = [...reports].map(([phone, { batches }]) => ({ phone, batches }))
  const whole = asOnePhone(asked, frames[0]!.round, sums, weight, noise, rowsOf(answers, weightOf))
  return { ...whole, phones: reports.size, share: weight }
}

/** @param weightOf each answer in the sum */
export function ofReadable(
  asked: Asked,
  answers: readonly Answer[],
  weightOf: (phone: number) => number,
  weight: number,
  noise: ServerNoise,
): PhoneScalars {
  const form = answerForm(asked)
  const parts = answers.map((answer) => {
    const { values, squared } = packMeasurements(answer, form.alone)
    return { numbers: [...values, ...squared], weight: weightOf(answer.phone) }
  })
  const sums = summed(parts, valuesIn(parts[0]!.numbers.length, form))
  return asOnePhone(asked, noise.round, sums, weight, noise, rowsOf(answers, weightOf))
}

/** Rows of one batch that would tell as much as the first ones of all answers: (sum w_i)^2 / sum w_i^2 / B_i (Kish 1965). */
function rowsOf(answers: readonly Pick<Answer, 'phone' | 'batches'>[], weightOf: (phone: number) => number): number {
  const parts = answers.map(({ phone, batches }) => ({ weight: weightOf(phone), rows: batches[0]?.sequences ?? 0 }))
  const counting = parts.filter(({ weight, rows }) => weight > 0 && rows > 0)
  const weight = counting.reduce((sum, part) => sum + part.weight, 0)
  return counting.length === 0 ? 0 : weight ** 2 / counting.reduce((sum, part) => sum + part.weight ** 2 / part.rows, 0)
}

function asOnePhone(
  asked: Asked,
  round: number,
  sums: readonly number[],
  weight: number,
  noise: ServerNoise | null,
  rows: number,
): PhoneScalars {
  const added = noise && { deviation: noise.deviation, stream: new Stream(deriveKey(noise.seed, 'privacy noise', noise.round)) }
  const mean = fleetMean({ sums, values: valuesIn(sums.length, answerForm(asked)), weight }, added ?? undefined)
  return { phone: WHOLE_FLEET, weight: 1, rows, ...measuredBy(asked, mean, { phone: WHOLE_FLEET, round }) }
}

/** In place of a phone's index. */
const WHOLE_FLEET = -1
