/** How what a phone measured goes on the wire: as it is, clipped and blurred for privacy, or under masks. */
import { type Curvature, type Estimate, packCurved, withReview } from '#main/wire/derivatives.ts'
import { writeScalars } from '#main/wire/scalars-frame.ts'
import { clip, withNoise } from '#main/training/private-scalars.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { ProbeRequest } from './commands.ts'
import type { MaskSession } from './mask-session.ts'

export interface AnsweredProbes {
  readonly estimates: readonly Estimate[]
  /** So many of them, the last, go without their variance. */
  readonly alone: number
  readonly loss: number
  /** In place of the variances, which are part of it. */
  readonly curvature: Curvature | null
  /** By how much the last update lowered the loss of these rows; only beside a curvature. @default not told */
  readonly review?: Estimate | undefined
  /** What else the frame carries, public by itself. */
  readonly seeds: readonly number[]
}

/** A scalars frame, or a masked one if the request says so. Where privacy is asked for the loss isn't told (NaN, or 0 in a masked sum). */
export function answerFrame(
  { round, privacy, mask }: Pick<ProbeRequest, 'round' | 'privacy' | 'mask'>,
  { seed, phone }: { readonly seed: number; readonly phone: number },
  { estimates, alone, loss, seeds, curvature, review }: AnsweredProbes,
  session: () => MaskSession,
): Uint8Array {
  const told = privacy ? blurred(estimates, privacy, new Stream(deriveKey(seed, 'privacy noise', round, phone))) : estimates
  const all = told.map(({ value }) => value)
  const bare = curvature
    ? packCurved(all, curvature)
    : { values: all, squared: told.slice(0, told.length - alone).map(({ variance }) => variance) }
  const { values, squared } = review ? withReview(bare, review) : bare
  if (mask) return session().frame(round, mask, values, squared, privacy ? 0 : loss)
  return writeScalars({
    round,
    sequence: 0,
    phone,
    lossMean: privacy ? NaN : loss,
    values: Float64Array.of(...values, ...squared, ...seeds),
  })
}

/** The Gaussian mechanism on all values together. What is said of their variance is that of the noise, since the rows' own is private. */
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
