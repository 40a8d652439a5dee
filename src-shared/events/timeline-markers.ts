/** Timeline markers, which show where the rounds of a session begin, and its extraordinary events. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { LabEvent } from './event.ts'
import type { StoppedBy } from './reasons.ts'

interface Place {
  /** The number of events before the one that left the marker. */
  readonly seq: number
  /** The round in progress, or the last finished one. */
  readonly round: number
  readonly virtualSeconds: number
}

export type TimelineMarker = Place &
  (
    | { readonly kind: 'round' }
    | {
        /** A process ended before its time: `cap-hit` at its memory cap, `crash` for any other reason. */
        readonly kind: 'cap-hit' | 'crash'
        /** The index of the phone; null for the cloud. */
        readonly phone: number | null
        /** A clause that follows the name of the phone or the cloud. */
        readonly words: string
        readonly doing: string
      }
    | { readonly kind: 'tuned'; readonly phone: number; readonly change: PhoneOverrides }
    | { readonly kind: 'target'; readonly accuracy: number }
    | { readonly kind: 'resumed'; readonly afterRound: number }
    | { readonly kind: 'finished'; readonly stoppedBy: StoppedBy }
  )

/** The folded state of the session before an event. */
interface Before extends Omit<Place, 'seq'> {
  readonly targetAccuracy: number | null
  /** The measurement that reached the target; null before. */
  readonly target: object | null
}

/** Returns the marker that an event leaves; null for most events. @param seq the number of events before it */
export function markerOf(event: LabEvent, seq: number, before: Before): TimelineMarker | null {
  const { round, virtualSeconds, targetAccuracy, target } = before
  const place = { seq, round, virtualSeconds }
  switch (event.kind) {
    case 'round-started':
      return { ...place, round: event.round, kind: 'round' }
    case 'phone-ended': {
      const { phone, words, doing, reason } = event
      return { ...place, kind: reason === 'cap-hit' ? 'cap-hit' : 'crash', phone, words, doing }
    }
    case 'cloud-ended':
      return { ...place, kind: 'crash', phone: null, words: event.words, doing: event.doing }
    case 'phone-tuned':
      return { ...place, kind: 'tuned', phone: event.phone, change: event.change }
    case 'evaluated':
      if (target !== null || targetAccuracy === null || event.accuracy < targetAccuracy) return null
      return { ...place, kind: 'target', accuracy: targetAccuracy }
    case 'session-resumed':
      return { ...place, kind: 'resumed', afterRound: event.round }
    case 'session-finished':
      return { ...place, kind: 'finished', stoppedBy: event.stoppedBy }
    default:
      return null
  }
}
