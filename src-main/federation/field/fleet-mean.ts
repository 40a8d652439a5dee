/**
 * The mean over all answers of a round, where the server may know no more than it: the answers came masked, or the server adds noise to their sum
 * before it uses it. To the method the fleet is then one phone that measured the mean. With weights w_i, values x_ik, variances v_ik, and noise of
 * deviation z C where the server adds it:
 *
 *     value_k = (sum_i w_i x_ik + N(0, (z C)^2)) / W,   variance_k = (sum_i w_i^2 v_ik + (z C)^2) / W^2
 */
import { withNoise } from '#main/training/private-scalars.ts'
import { packMeasurements, valuesIn } from '#main/wire/derivatives.ts'
import { answerForm } from '#main/wire/direction-request.ts'
import { type MaskKeysFrame, readMaskKeys, readMasked } from '#main/wire/masked-frames.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { type Answer, type Asked, measuredBy } from '../answers.ts'
import type { PhoneScalars } from '../methods/method.ts'
import { maskedSum } from './masked-sum.ts'

/** Noise that the server adds to the sum. */
export interface ServerNoise {
  readonly seed: number
  readonly round: number
  readonly deviation: number
}

/** The sum over all answers of weight times values, and of weight squared times variances. */
interface FleetSum {
  /** The sums of the values, then those of the variances of the first values. */
  readonly sums: readonly number[]
  /** The number of entries in `sums` that are values. */
  readonly values: number
  /** W: the weight of the whole sum. */
  readonly weight: number
}

/**
 * @param reports of the phones that answered; their frames are masked
 * @param lost phones that masked with them and didn't answer
 * @param revealed frames with the mask keys that the phones that answered share with lost ones
 * @param weightOf returns the weight of a phone's answer in the sum
 * @param weight W
 */
export function meanOfMasked(
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

/** @param weightOf returns the weight of a phone's answer in the sum @param weight W */
export function meanOfReadable(
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
  const sums = weightedSums(parts, valuesIn(parts[0]!.numbers.length, form))
  return asOnePhone(asked, noise.round, sums, weight, noise, rowsOf(answers, weightOf))
}

/** @param noise added to the sum of values @returns the values of the mean, then their variances */
export function fleetMean({ sums, values, weight }: FleetSum, noise?: { readonly deviation: number; readonly stream: Stream }): number[] {
  const measured = sums.slice(0, values)
  const blurred = noise ? withNoise(measured, noise.deviation, noise.stream) : measured
  const added = noise ? noise.deviation ** 2 : 0
  return [...blurred.map((sum) => sum / weight), ...sums.slice(values).map((variance) => (variance + added) / weight ** 2)]
}

/** @param values the number of entries that are values; the rest are variances @returns `sums` of a FleetSum, from answers that the server may read */
export function weightedSums(parts: readonly { readonly numbers: ArrayLike<number>; readonly weight: number }[], values: number): number[] {
  const sums = Array<number>(parts[0]!.numbers.length).fill(0)
  for (const { numbers, weight } of parts) {
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + (i < values ? weight : weight ** 2) * numbers[i]!
  }
  return sums
}

/** The effective number of rows behind a weighted mean of batches that have B_i rows each: (sum w_i)^2 / sum(w_i^2 / B_i) (Kish 1965). */
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

/** Stands in place of a phone's index. */
const WHOLE_FLEET = -1
