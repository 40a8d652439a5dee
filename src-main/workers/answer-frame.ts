/** Writes a phone's measurements for the wire: as they are, clipped and noised for privacy, or masked. */
import { answerForm } from '#main/wire/direction-request.ts'
import { type Estimate, type Measurements, packMeasurements } from '#main/wire/derivatives.ts'
import { writeScalars } from '#main/wire/scalars-frame.ts'
import { clip, withNoise } from '#main/training/private-scalars.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { ProbeRequest } from './protocol/probe-request.ts'
import type { MaskSession } from './mask-session.ts'

export interface AnsweredProbes extends Measurements {
  readonly loss: number
  /** The indices of the directions that the phone drew out of a set; they reveal nothing private. */
  readonly drawn: readonly number[]
}

/** Returns a scalars frame, or a masked one if the request asks for that. Under differential privacy it has no loss (NaN, or 0 in a masked sum). */
export function answerFrame(
  request: ProbeRequest,
  { seed, phone }: { readonly seed: number; readonly phone: number },
  { loss, drawn, ...measured }: AnsweredProbes,
  session: () => MaskSession,
): Uint8Array {
  const { round, privacy, mask } = request
  const { estimates } = measured
  const told = privacy ? blurred(estimates, privacy, new Stream(deriveKey(seed, 'privacy noise', round, phone))) : estimates
  const { values, squared } = packMeasurements({ ...measured, estimates: told }, answerForm(request).alone)
  if (mask) return session().frame(round, mask, values, squared, privacy ? 0 : loss)
  return writeScalars({
    round,
    sequence: 0,
    phone,
    lossMean: privacy ? NaN : loss,
    values: Float64Array.of(...values, ...squared, ...drawn),
  })
}

/** Applies the Gaussian mechanism to all values together. The variances sent are those of the noise, since the rows' own are private. */
function blurred(
  estimates: readonly Estimate[],
  { clip: limit, deviation }: NonNullable<ProbeRequest['privacy']>,
  stream: Stream,
): Estimate[] {
  const clipped = clip(
    estimates.map(({ value }) => value),
    limit,
  )
  return withNoise(clipped, deviation, stream).map((value) => ({ value, variance: deviation ** 2 }))
}
