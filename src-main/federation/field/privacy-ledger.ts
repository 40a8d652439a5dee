/**
 * What a run's releases have cost in privacy so far. Neighbouring fleets differ in one phone:
 *
 * - central: it is there or not. The noise stands on the sum, z C; each phone is in a round with the sampling rate, and the accountant counts
 *   rounds. The server is trusted, whoever sees the updates is not.
 * - local: it sends one thing or any other, so what it sends may change by 2 C and the noise counts half. Who takes part is no secret, so
 *   nothing is gained by sampling; told is the epsilon of the phone that answered most often. Nobody is trusted.
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

  /** @param samplingRate of the central model; null: local */
  constructor({ noiseMultiplier, delta }: { noiseMultiplier: number; delta: number }, samplingRate: number | null) {
    this.noiseMultiplier = noiseMultiplier
    this.delta = delta
    this.samplingRate = samplingRate
  }

  /** Records the release of one more round; `phones` are all that sent something, counted or not. */
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
