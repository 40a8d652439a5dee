/** Timeline markers against their definition, event by event. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { arbitraryEvents } from './arbitrary-events.ts'

type Of<K extends LabEvent['kind']> = Extract<LabEvent, { kind: K }>

const TARGET = 0.6
const LEAVES_ONE: ReadonlySet<LabEvent['kind']> = new Set([
  'round-started',
  'phone-ended',
  'cloud-ended',
  'phone-tuned',
  'session-resumed',
  'session-finished',
])

test('markers stand at the events that leave one, in their order, each in the round and at the moment of its event', () => {
  fc.assert(
    fc.property(arbitraryEvents, (events) => {
      const { markers } = new Projection().addAll(events).view
      const target = events.findIndex((event) => event.kind === 'evaluated' && event.accuracy >= TARGET)
      expect(markers.map(({ seq }) => seq)).toEqual(
        events.flatMap((event, seq) => (LEAVES_ONE.has(event.kind) || seq === target ? [seq] : [])),
      )
      for (const { seq, round, virtualSeconds } of markers) {
        const known = events.slice(0, seq + 1)
        const begun = known.findLast((event): event is Of<'round-started'> => event.kind === 'round-started')
        const scheduled = known.findLast((event): event is Of<'round-scheduled'> => event.kind === 'round-scheduled')
        expect({ round, virtualSeconds }).toEqual({ round: begun?.round ?? 0, virtualSeconds: scheduled?.endSeconds ?? 0 })
      }
    }),
  )
})

test('a marker tells what happened without words for it', () => {
  fc.assert(
    fc.property(arbitraryEvents, (events) => {
      for (const marker of new Projection().addAll(events).view.markers) {
        const event = events[marker.seq]!
        if (marker.kind === 'cap-hit' || marker.kind === 'crash') {
          expect(marker.kind === 'cap-hit').toBe(event.kind === 'phone-ended' && event.reason === 'cap-hit')
          expect(marker.phone).toBe('phone' in event ? event.phone : null)
          expect(event).toMatchObject({ words: marker.words, doing: marker.doing })
        } else if (marker.kind === 'tuned') expect(event).toMatchObject({ phone: marker.phone, change: marker.change })
        else if (marker.kind === 'target') expect(marker.accuracy).toBe(TARGET)
        else if (marker.kind === 'resumed') expect(event).toMatchObject({ round: marker.afterRound })
        else if (marker.kind === 'finished') expect(event).toMatchObject({ stoppedBy: marker.stoppedBy })
      }
    }),
  )
})
