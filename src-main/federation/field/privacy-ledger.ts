/**
 * The privacy that a run's releases have cost so far. Two fleets are neighbours if they differ in one phone, in one of two ways:
 *
 * - central: the phone is there or not. The sum has noise of deviation z C; each phone is in a round with the probability of the sampling rate, and
 *   the accountant counts rounds. The server is trusted; those who see the updates are not.
 * - local: the phone sends one answer or any other, so its vector may change by 2 C and the noise counts half. It is no secret who takes part, so
 *   sampling gains nothing, and the epsilon reported is that of the phone that answered most often. Nobody is trusted.
 */
import { epsilon } from './accountant.ts'

interface PrivacyBudget {
  readonly epsilon: number
  readonly delta: number
}

export class PrivacyLedger {
  private readonly noiseMultiplier: number
  private readonly delta: number
  private readonly samplingRate: number | null
  private readonly answers = new Map<number, number>()
  private rounds = 0

  /** @param samplingRate the chance of a phone to be in a round, for the central model; null for the local one */
  constructor({ noiseMultiplier, delta }: { noiseMultiplier: number; delta: number }, samplingRate: number | null) {
    this.noiseMultiplier = noiseMultiplier
    this.delta = delta
    this.samplingRate = samplingRate
  }

  /** Records the release of one more round. @param phones all that sent something, whether or not it counted */
  release(phones: readonly number[]): void {
    this.rounds++
    for (const phone of phones) this.answers.set(phone, (this.answers.get(phone) ?? 0) + 1)
  }

  get spent(): PrivacyBudget {
    const { noiseMultiplier, samplingRate, delta } = this
    const most = Math.max(0, ...this.answers.values())
    const spent =
      samplingRate === null
        ? epsilon({ noiseMultiplier: noiseMultiplier / 2, samplingRate: 1 }, most, delta)
        : epsilon({ noiseMultiplier, samplingRate }, this.rounds, delta)
    return { epsilon: spent, delta }
  }
}
