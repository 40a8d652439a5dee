import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { recordSession, resumeSession } from '#main/lab/recorded-session.ts'
import { openStore } from '#main/store/open-store.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { loaded, only, removeFiles, resources, session } from '../session/sessions.ts'
import { asThread } from '../store/as-thread.ts'

const folder = mkdtempSync(join(tmpdir(), 'cooperlab-full-'))
afterAll(() => {
  removeFiles()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(expectNoWorkers)

test(
  'a disk that is full ends the run in one line, with all whole rounds kept; with room again it goes on to the same digest',
  { timeout: 120_000 },
  async () => {
    const change = { stop: { rounds: 6 } }
    const undisturbed = await session(change)
    const store = openStore(join(folder, 'lab.db'))
    const events: LabEvent[] = []
    const running = recordSession(loaded(change), {
      resources,
      store: asThread(store),
      emit: (event) => {
        events.push(event)
        // SQLite's own "database or disk is full", as soon as the file would have to grow.
        if (event.kind === 'round-finished' && event.round === 2) {
          store.database.pragma(`max_page_count = ${Number(store.database.pragma('page_count', { simple: true }))}`)
        }
      },
    })
    await expect(running).rejects.toThrow(/^lab\.db can't be written any more \(database or disk is full\); .*resume/)
    const [row] = store.sessions()
    expect(row!.rounds).toBeGreaterThan(0)
    expect(row!.rounds).toBeLessThan(6)
    store.close()

    const roomy = openStore(join(folder, 'lab.db'))
    const rest: LabEvent[] = []
    await resumeSession(row!.id, { resources, store: asThread(roomy), emit: (event) => rest.push(event) })
    expect(rest[0]).toEqual({ kind: 'session-resumed', round: row!.rounds })
    expect(only(rest, 'session-finished')[0]!.digest).toBe(undisturbed.view.finished!.digest)
    expect(roomy.sessions()[0]).toMatchObject({ state: 'finished', rounds: 6, resumable: false })
    roomy.close()
  },
)
