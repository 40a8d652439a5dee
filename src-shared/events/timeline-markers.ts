/** Timeline markers: where the rounds of a session begin, and what happened to it out of the ordinary. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { LabEvent } from './event.ts'
import type { StoppedBy } from './reasons.ts'

interface Place {
  /** Events that came before the one that left the marker. */
  readonly seq: number
  /** The round under way, or finished last. */
  readonly round: number
  readonly virtualSeconds: number
}

export type TimelineMarker = Place &
  (
    | { readonly kind: 'round' }
    | {
        /** A process ended before its time: `cap-hit` at its memory cap, `crash` for any other reason. */
        readonly kind: 'cap-hit' | 'crash'
        /** Index of the phone; null: the cloud. */
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

/** What was folded of the session before an event. */
interface Before extends Omit<Place, 'seq'> {
  readonly targetAccuracy: number | null
  /** null until the target was reached. */
  readonly target: object | null
}

/** The marker that an event leaves; null for most events. @param seq events before it */
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
