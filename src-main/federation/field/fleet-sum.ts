/** What the server learns where it may learn no more than a sum: of masked answers, or of readable ones that it blurs before it uses them. */
import { type MaskKeysFrame, readMaskKeys, readMasked } from '#main/wire/masked-frames.ts'
import { curvedValues } from '#main/wire/derivatives.ts'
import type { ProbeReport } from '#main/workers/commands.ts'
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
  const whole = asOnePhone(asked, sums, valuesOf(asked, sums.length), weight, noise, rowsOf(answers, weightOf))
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
  const parts = answers.map(({ phone, guided, shared, random }) => {
    const estimates = [...guided, ...shared]
    const numbers = [...estimates.map(({ value }) => value), ...random, ...estimates.map(({ variance }) => variance)]
    return { numbers, weight: weightOf(phone) }
  })
  const [{ guided, shared, random }] = answers as [Answer]
  const values = guided.length + shared.length + random.length
  return asOnePhone(asked, summed(parts, values), values, weight, noise, rowsOf(answers, weightOf))
}

/** Rows of one batch that would tell as much as the first ones of all answers: (sum w_i)^2 / sum w_i^2 / B_i (Kish 1965). */
function rowsOf(answers: readonly Pick<Answer, 'phone' | 'batches'>[], weightOf: (phone: number) => number): number {
  const parts = answers.map(({ phone, batches }) => ({ weight: weightOf(phone), rows: batches[0]?.sequences ?? 0 }))
  const counting = parts.filter(({ weight, rows }) => weight > 0 && rows > 0)
  const weight = counting.reduce((sum, part) => sum + part.weight, 0)
  return counting.length === 0 ? 0 : weight ** 2 / counting.reduce((sum, part) => sum + part.weight ** 2 / part.rows, 0)
}

/** How many of the numbers are values; the others are variances. */
function valuesOf({ local, curvature, random, review }: Asked, length: number): number {
  if (local) return length
  if (curvature && review) return curvedValues(length - 2, random) + 1
  return curvature ? curvedValues(length, random) : (length + random) / 2
}

function asOnePhone(
  asked: Asked,
  sums: readonly number[],
  values: number,
  weight: number,
  noise: ServerNoise | null,
  rows: number,
): PhoneScalars {
  const added = noise && { deviation: noise.deviation, stream: new Stream(deriveKey(noise.seed, 'privacy noise', noise.round)) }
  const mean = fleetMean({ sums, values, weight }, added ?? undefined)
  return { phone: WHOLE_FLEET, weight: 1, rows, ...measuredBy(asked, Float64Array.from(mean)) }
}

/** In place of a phone's index. */
const WHOLE_FLEET = -1
