/** What a session's scrub bar shows. */
import type { SessionMark } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { EMPTY_VIEW, project } from '#shared/events/projection.ts'
import { formatPercent } from '#shared/units/quantities.ts'

export function marksOf(events: readonly LabEvent[]): SessionMark[] {
  const marks: SessionMark[] = []
  let view = EMPTY_VIEW
  events.forEach((event, seq) => {
    const before = view
    view = project(view, event)
    const mark = (kind: SessionMark['kind'], words: string): void =>
      void marks.push({ seq, round: view.round, virtualSeconds: view.virtualSeconds, kind, words })
    if (event.kind === 'round-started') mark('round', '')
    if (event.kind === 'phone-ended') {
      mark(event.reason === 'cap-hit' ? 'cap-hit' : 'crash', `${view.phones[event.phone]!.id} ${event.words} while ${event.doing}`)
    }
    if (event.kind === 'phone-tuned') mark('tuned', `${view.phones[event.phone]!.id} was changed`)
    if (before.target === null && view.target !== null) mark('target', `target ${formatPercent(view.targetAccuracy!)} reached`)
    if (event.kind === 'session-finished') mark('finished', `ended by ${event.stoppedBy}`)
  })
  return marks
}
