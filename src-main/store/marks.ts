/** What a scrub bar shows of a session: where its rounds begin, and what happened to it. */
import type { SessionMark } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { formatPercent } from '#shared/units/quantities.ts'
import { fromJson } from './event-json.ts'
import type { Store } from './store.ts'

const MARKED = [
  'session-started',
  'round-started',
  'phone-ended',
  'cloud-ended',
  'phone-tuned',
  'evaluated',
  'round-finished',
  'session-resumed',
  'session-finished',
]

const KINDS = MARKED.map((kind) => `'${kind}'`).join(', ')

export function sessionMarks(store: Store, session: string): SessionMark[] {
  const rows = store.database
    .prepare<[number], { seq: number; event: string }>(
      // Their numbers first, put in order, so that each page is read once; asked in one, SQLite would read all events.
      `SELECT marked.seq, events.event
       FROM (SELECT session, seq FROM events INDEXED BY events_by_kind WHERE session = ? AND kind IN (${KINDS}) ORDER BY seq LIMIT -1) AS marked
       CROSS JOIN events ON events.session = marked.session AND events.seq = marked.seq ORDER BY marked.seq`,
    )
    .iterate(store.number(session))
  const marks: SessionMark[] = []
  let round = 0
  let virtualSeconds = 0
  let target = Infinity
  let names: readonly string[] = []
  const mark = (seq: number, kind: SessionMark['kind'], words = ''): void => void marks.push({ seq, round, virtualSeconds, kind, words })
  for (const { seq, event: text } of rows) {
    const event = fromJson(text) as LabEvent
    switch (event.kind) {
      case 'session-started':
        names = event.phones.map(({ id }) => id)
        target = event.scenario.stop.targetAccuracy ?? Infinity
        break
      case 'round-started':
        round = event.round
        mark(seq, 'round')
        break
      case 'phone-ended':
        mark(
          seq,
          event.reason === 'cap-hit' ? 'cap-hit' : 'crash',
          `${names[event.phone] ?? event.phone} ${event.words} while ${event.doing}`,
        )
        break
      case 'cloud-ended':
        mark(seq, 'crash', `the cloud ${event.words} while ${event.doing}`)
        break
      case 'phone-tuned':
        mark(
          seq,
          'tuned',
          `${names[event.phone] ?? event.phone}: ${Object.entries(event.change)
            .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
            .join(', ')}`,
        )
        break
      case 'evaluated':
        if (event.accuracy >= target) {
          mark(seq, 'target', `${formatPercent(target)} reached`)
          target = Infinity
        }
        break
      case 'round-finished':
        virtualSeconds = event.virtualSeconds
        break
      case 'session-resumed':
        mark(seq, 'resumed', `went on after round ${event.round}`)
        break
      case 'session-finished':
        mark(seq, 'finished', `stopped by ${event.stoppedBy}`)
        break
      default:
        break
    }
  }
  return marks
}
