/** The system's clock, set to and fro while a session runs: nothing but the dates it is labelled with may come of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { recordSession, resumeSession } from '#main/lab/record-session.ts'
import { SessionControl } from '#main/lab/session-control.ts'
import { openStore } from '#main/store/open-store.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { loaded, only, removeFiles, resources, session } from '../session/sessions.ts'
import { asThread } from '../store/as-thread.ts'

const folder = mkdtempSync(join(tmpdir(), 'cooperlab-clock-'))
afterAll(() => {
  removeFiles()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  vi.useRealTimers()
  expectNoWorkers()
})

const DATES = ['2041-06-01T00:00:00.000Z', '1999-01-01T00:00:00.000Z', '2026-10-25T01:59:59.000Z', '1971-01-01T00:00:00.000Z']

test(
  'a clock that jumps by decades changes neither result nor order nor durations, over an interruption too',
  { timeout: 120_000 },
  async () => {
    const change = { stop: { rounds: 4 } }
    const undisturbed = await session(change)
    vi.useFakeTimers({ toFake: ['Date'] })
    const store = openStore(join(folder, 'lab.db'))
    const events: LabEvent[] = []
    const numbers: number[] = []
    const control = new SessionControl()
    const emit = (event: LabEvent, seq: number): void => {
      vi.setSystemTime(DATES[events.length % DATES.length]!)
      events.push(event)
      numbers.push(seq)
      if (event.kind === 'round-started' && event.round === 2) control.stop()
    }
    const started = performance.now()
    await recordSession(loaded(change), { resources, store: asThread(store), emit, steering: control })
    const [row] = store.sessions()
    expect(row).toMatchObject({ state: 'interrupted', rounds: 2, resumable: true })
    await resumeSession(row!.id, { resources, store: asThread(store), emit })
    const elapsed = (performance.now() - started) / 1000

    const [interrupted, finished] = only(events, 'session-finished')
    expect(finished!.digest).toBe(undisturbed.view.finished!.digest)
    expect(interrupted!.wallSeconds).toBeGreaterThan(0)
    expect(finished!.wallSeconds).toBeGreaterThan(interrupted!.wallSeconds)
    expect(finished!.wallSeconds).toBeLessThan(elapsed)
    expect(numbers.every((seq, i) => i === 0 || seq === numbers[i - 1]! + 1 || events[i]!.kind === 'session-resumed')).toBe(true)
    expect([...store.events(row!.id)].at(-1)).toEqual(finished)
    expect(only(events, 'phone-ended')).toEqual([])
    expect(store.sessions()[0]).toMatchObject({ state: 'finished', rounds: 4, running: false })
    store.close()
  },
)
