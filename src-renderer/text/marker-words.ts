/** Words a timeline marker in one line. */
import type { TimelineMarker } from '#shared/events/timeline-markers.ts'
import { formatPercent } from '#shared/units/quantities.ts'
import { transport } from './window-frame.ts'

const words = transport.happened

/** @param names of the phones, by index @returns an empty text for the beginning of a round */
export function markerWords(marker: TimelineMarker, names: readonly string[]): string {
  const nameOf = (phone: number): string => names[phone] ?? String(phone)
  switch (marker.kind) {
    case 'round':
      return ''
    case 'cap-hit':
    case 'crash':
      return words.ended(marker.phone === null ? words.cloud : nameOf(marker.phone), marker.words, marker.doing)
    case 'tuned':
      return words.tuned(nameOf(marker.phone), Object.entries(marker.change))
    case 'target':
      return words.target(formatPercent(marker.accuracy))
    case 'resumed':
      return words.resumed(marker.afterRound)
    case 'finished':
      return words.finished(marker.stoppedBy)
  }
}
