/**
 * Estimates by how much the loss is lower now than at an anchor. Each phone that is asked compares the two on new rows; what it told in earlier
 * rounds is still used, but becomes less certain with every step since.
 *
 *     D = sum_i s_i D_i ,  i over the phones that told it        s_i: share of the fleet's private rows
 *
 * The other phones count as unchanged, D_i = 0, with the variance that D_i has between phones: a gain of a few phones is taken for one of the fleet
 * once they hold enough of its rows.
 */
import type { Derivative } from './method.ts'

/** The part of the variance of rows that lies between phones: the intraclass correlation of D. */
const BETWEEN = 0.3

export interface Told extends Derivative {
  readonly phone: number
  /** The share of the private rows of all phones. */
  readonly share: number
  /** The number of phones that these rows belong to. */
  readonly phones: number
}

export class Decrease {
  private readonly heard = new Map<number, Told>()
  private readonly fleet: number
  private between = 0

  /** @param fleet the number of phones in all */
  constructor(fleet: number) {
    this.fleet = fleet
  }

  /** @param displaced half the mean square of the change of the rows' losses, nats */
  tell(told: readonly Told[], displaced: number): void {
    for (const now of told) {
      const before = this.heard.get(now.phone)
      this.heard.set(now.phone, before && before.variance > 0 && now.variance > 0 ? { ...now, ...combined(before, now) } : now)
    }
    const spread = this.sum(({ share, value }) => share * value ** 2) / this.covered
    this.between = Math.max(2 * BETWEEN * displaced, spread)
  }

  /** Notes a step that was taken. @param change by how much it may change the fleet's mean loss @param nats the length of the step */
  step(change: number, nats: number): void {
    for (const [phone, told] of this.heard) {
      this.heard.set(phone, { ...told, variance: told.variance + change ** 2 + 2 * BETWEEN * nats * (1 - told.share) })
    }
  }

  get value(): number {
    return this.sum(({ share, value }) => share * value)
  }

  /** The standard error of `value`. */
  get error(): number {
    const missing = this.fleet - this.sum(({ phones }) => phones)
    const unheard = missing > 0 ? (this.between * (1 - this.covered) ** 2) / missing : 0
    return Math.sqrt(this.sum(({ share, variance }) => share ** 2 * variance) + unheard)
  }

  private get covered(): number {
    return this.sum(({ share }) => share)
  }

  private sum(of: (told: Told) => number): number {
    return [...this.heard.values()].reduce((sum, told) => sum + of(told), 0)
  }
}

/** Combines two independent estimates by inverse variance. */
function combined(a: Derivative, b: Derivative): Derivative {
  const precision = 1 / a.variance + 1 / b.variance
  return { value: (a.value / a.variance + b.value / b.variance) / precision, variance: 1 / precision }
}
