/** The store's views are the live fold of the same events, timeline markers included, however they were written and whatever was kept on the way. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deflateRawSync } from 'node:zlib'
import { toJson } from '#main/store/event-json.ts'
import { SessionViews } from '#main/store/session-views.ts'
import { openStore } from '#main/store/open-store.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { arbitraryEvents } from '../events/arbitrary-events.ts'
import { scenario } from './sample-session.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'views-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const about = { id: 'a', name: 'x', method: 'cooper', seed: 7, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
const folded = (events: readonly LabEvent[]) => new Projection().addAll(events).view

test('a view is the fold of the events until then, in the store that wrote them and in one that opens its file', () => {
  let run = 0
  fc.assert(
    fc.property(
      arbitraryEvents,
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
      (events, snapshotEvery, batches, seqs) => {
        const path = join(folder, `${run++}.db`)
        const store = openStore(path)
        const views = new SessionViews(store, { snapshotEvery })
        store.createSession(about)
        for (let at = 0, i = 0; at < events.length; at += batches[i++ % batches.length]!) {
          const batch = events.slice(at, at + batches[i % batches.length]!)
          store.append('a', batch)
          views.follow('a', batch)
        }
        for (const seq of seqs) expect(views.at('a', seq).view).toEqual(folded(events.slice(0, seq)))
        expect(views.at('a').view).toEqual(folded(events))
        store.close()
        const again = openStore(path)
        for (const seq of seqs) expect(new SessionViews(again, { snapshotEvery }).at('a', seq).view).toEqual(folded(events.slice(0, seq)))
        again.close()
      },
    ),
    { numRuns: 15 },
  )
})

test('a view that was kept by a version without markers is folded anew, once', () => {
  const [events] = fc.sample(arbitraryEvents, { numRuns: 1, seed: 3 }) as [LabEvent[]]
  const store = openStore(join(folder, 'lab.db'))
  store.createSession(about)
  store.append('a', events)
  const { markers: _, seq: __, ...older } = folded(events.slice(0, 5))
  store.database.prepare('INSERT INTO snapshots VALUES (1, 5, ?)').run(deflateRawSync(toJson(older)))
  expect(new SessionViews(store, { snapshotEvery: 5 }).at('a').view).toEqual(folded(events))
  expect(new SessionViews(store, { snapshotEvery: 5 }).at('a', 6).view).toEqual(folded(events.slice(0, 6)))
  const kept = store.database.prepare<[], Uint8Array>('SELECT view FROM snapshots WHERE seq = 5').pluck().get()
  expect(kept).not.toEqual(deflateRawSync(toJson(older)))
  store.close()
})
