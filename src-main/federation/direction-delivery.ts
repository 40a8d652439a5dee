/** Delivers the directions that the cloud made in a round: before phones probe, or, as stale guidance, after the round's update. */
import type { Sent } from './collection.ts'
import type { SentGuidance } from './guidance-source.ts'
import type { RunParts } from './run-parts.ts'

type DeliveryMoment = 'now' | 'afterUpdate'

export class DirectionDelivery {
  /** The new directions of the round; null if it has none. */
  readonly guidance: SentGuidance | null
  readonly bytes: number
  /** The bytes and directions that phones have received by the time they probe. */
  readonly sent: Sent
  private readonly parts: Pick<RunParts, 'phones' | 'cloud'>
  private readonly moment: DeliveryMoment

  /** @param known the number of directions from the cloud that phones have when they probe */
  constructor(parts: Pick<RunParts, 'phones' | 'cloud'>, guidance: SentGuidance | null, moment: DeliveryMoment, known: number) {
    this.parts = parts
    this.guidance = guidance
    this.moment = moment
    this.bytes = guidance?.frames.reduce((sum, { length }) => sum + length, 0) ?? 0
    this.sent = { cloud: guidance, bytes: moment === 'now' ? this.bytes : 0, directions: known }
  }

  /** Sends the directions if this is their moment. Directions for after the update were held back by the cloud too, which now takes them like a phone. */
  async deliver(moment: DeliveryMoment): Promise<void> {
    if (moment !== this.moment) return
    const { phones, cloud } = this.parts
    for (const frame of this.guidance?.frames ?? []) {
      await Promise.all([moment === 'afterUpdate' ? cloud.receive(frame) : null, phones.broadcast('direction', frame)])
    }
  }
}
