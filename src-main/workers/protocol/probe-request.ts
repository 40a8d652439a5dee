/** A round's question to a phone: the derivatives of its private loss along some directions. */
import type { DirectionRequest } from '#main/wire/direction-request.ts'
import type { LocalSteps } from './train-request.ts'

export interface ProbeRequest {
  readonly round: number
  /** The directions along which it measures derivatives: those that all phones probe first, then those of each phone alone. */
  readonly directions: readonly DirectionRequest[]
  /** Which of the round's batches it measures on; each is of other rows. @default 0 */
  readonly part?: number
  /**
   * True to send also the curvature of the loss between each pair of directions, and the covariance of the derivatives over rows. No direction may be
   * the phone's own then.
   * @default false
   */
  readonly curvature?: boolean
  /** The phone moves between parts of the directions. @default it stays */
  readonly local?: LocalSteps
  /** True to send also the amount by which the last update lowered the loss of the rows that are probed now: one forward pass more. @default false */
  readonly review?: boolean
  /** The most directions that the phone probes, chosen at random and weighted up. @default all */
  readonly most?: number
  /** The clipping and noise of what it sends. @default none */
  readonly privacy?: PrivacyRequest
  /** The phones that mask together: only the sum of their answers can be read. @default the answer is readable by itself */
  readonly mask?: MaskRequest
}

export interface PrivacyRequest {
  /** Length that its values together don't exceed. */
  readonly clip: number
  /** Standard deviation of the noise it adds to each value; 0 where the server adds it to the sum. */
  readonly deviation: number
}

export interface MaskRequest {
  /** The attempt in the round, from 0; masks are never used twice. */
  readonly attempt: number
  /** The phones that mask together, this one among them, each with the weight it gives what it measured. */
  readonly cohort: readonly { readonly phone: number; readonly publicKey: Uint8Array; readonly weight: number }[]
}
