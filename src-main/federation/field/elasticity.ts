/** Computes how many directions each phone has time to probe before a deadline, by the time that the virtual clock would charge for them. */
import { scalarsFrameBytes } from '#main/wire/scalars-frame.ts'
import type { WorkedBatch } from '#main/workers/protocol/probe-report.ts'
import type { CloudFacts, PhoneFacts, RoundClock } from '../round-clock.ts'
import { affordableProbes } from './deadline.ts'

interface Shape {
  readonly sequences: number
  readonly tokens: number
}

export class Elasticity {
  private readonly clock: Pick<RoundClock, 'arrival'>
  private readonly passes: (directions: number) => number
  private readonly largest: (phone: number) => Shape
  private readonly seen = new Map<number, Shape>()

  /** @param passes returns the forward passes for a number of directions @param largest returns the largest batch of a phone, used before it has answered */
  constructor(clock: Pick<RoundClock, 'arrival'>, passes: (directions: number) => number, largest: (phone: number) => Shape) {
    this.clock = clock
    this.passes = passes
    this.largest = largest
  }

  /**
   * @param guided how many of the `wanted` directions wait for the cloud
   * @param morePasses forward passes beside those along directions
   * @returns the phones that can't probe all `wanted` directions by `deadline`, each with the number that it can
   */
  most(
    phones: readonly number[],
    wanted: number,
    guided: number,
    deadline: number,
    cloud: CloudFacts | null,
    missedBytes: (phone: number) => number,
    morePasses = 0,
  ): Map<number, number> {
    const fewer = new Map<number, number>()
    for (const phone of phones) {
      const shape = this.seen.get(phone) ?? this.largest(phone)
      const facts = (directions: number): PhoneFacts => {
        const passes = this.passes(directions) + morePasses
        const guidedPasses = (passes * guided) / Math.max(1, wanted)
        return {
          phone,
          work: [{ ...shape, guidedPasses, otherPasses: passes - guidedPasses }],
          bytesUp: scalarsFrameBytes(2 * wanted),
          updateBytes: 0,
          missedBytes: missedBytes(phone),
        }
      }
      const affordable = affordableProbes(wanted, deadline, (directions) => this.clock.arrival(cloud, facts(directions)))
      if (affordable < wanted) fewer.set(phone, affordable)
    }
    return fewer
  }

  /** Notes the batches that a phone worked on, since its next ones may be as large as the largest of them. */
  learn(phone: number, batches: readonly WorkedBatch[]): void {
    const shapes = [...batches, ...(this.seen.has(phone) ? [this.seen.get(phone)!] : [])]
    this.seen.set(phone, {
      sequences: Math.max(...shapes.map(({ sequences }) => sequences)),
      tokens: Math.max(...shapes.map(({ tokens }) => tokens)),
    })
  }
}
