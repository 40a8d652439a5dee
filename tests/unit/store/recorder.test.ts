import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '#main/store/open-store.ts'
import { Recorder } from '#main/store/recorder.ts'
import type { Store } from '#main/store/store.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { sampleRound, sampleSession, scenario } from './sample-session.ts'

let folder = ''
let store: Store
/** As another process sees the file. */
let reader: Store
let recorder: Recorder

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'))
  store = openStore(join(folder, 'lab.db'))
  reader = openStore(join(folder, 'lab.db'))
  let minute = 0
  recorder = new Recorder(store, { now: () => new Date(Date.UTC(2026, 0, 1, 0, minute++)) })
})
afterEach(() => {
  store.close()
  reader.close()
  rmSync(folder, { recursive: true, force: true })
})

const [started, first] = sampleSession('a', 0) as [LabEvent, LabEvent, LabEvent]

function record(events: readonly LabEvent[]): Promise<void> {
  for (const event of events) recorder.record(event)
  return recorder.durable()
}

describe('a recorder', () => {
  it('keeps a whole session, with its times and what it ran on', async () => {
    const events = sampleSession('a', 2)
    await record(events)
    expect([...reader.events('a')]).toEqual(events)
    expect(reader.session('a')).toMatchObject({
      name: 'sample',
      method: 'cooper',
      seed: 7,
      scenario,
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:01:00.000Z',
      state: 'finished',
      rounds: 2,
      accuracy: 0.2,
      environment: { node: process.versions.node },
    })
  })

  it('shows a session as soon as it starts', async () => {
    await record([started])
    expect([...reader.events('a')]).toEqual([started])
    expect(reader.session('a')).toMatchObject({ state: 'unfinished', endedAt: null })
  })

  it('has written every finished round, so that a crash loses only the one in progress', async () => {
    const kept = [started, first, ...sampleRound(1), ...sampleRound(2)]
    await record([...kept, ...sampleRound(3).slice(0, -1)])
    expect([...reader.events('a')]).toEqual(kept)
    expect(reader.session('a')).toMatchObject({ state: 'unfinished', rounds: 2 })
  })

  it('writes what there is when the run fails, and why it failed', async () => {
    const events = [started, first, ...sampleRound(1), ...sampleRound(2).slice(0, 4)]
    await record(events)
    await recorder.fail(new Error('round 2: no phone is left'))
    expect([...reader.events('a')]).toEqual(events)
    expect(reader.session('a')).toMatchObject({ state: 'failed', error: 'round 2: no phone is left', rounds: 1 })
  })

  it('leaves no trace of a run that fails before its session starts', async () => {
    await recorder.fail(new Error('no model'))
    expect(reader.sessions()).toEqual([])
  })

  it('does not call a finished session failed because something breaks after it', async () => {
    await record(sampleSession('a', 1))
    await recorder.fail(new Error('a worker did not stop'))
    expect(reader.session('a')).toMatchObject({ state: 'finished', error: null })
  })

  it('keeps what still comes after the end', async () => {
    const late: LabEvent = { kind: 'memory-sampled', phone: 0, residentBytes: 1, peakBytes: 2 }
    await record([...sampleSession('a', 1), late])
    expect([...reader.events('a')].at(-1)).toEqual(late)
  })

  it('tells an interrupted session from a finished one', async () => {
    await record([started, { kind: 'session-finished', stoppedBy: 'interrupted', digest: 'x', wallSeconds: 1 }])
    expect(reader.session('a').state).toBe('interrupted')
  })

  it('calls a session finished only together with its last events, and failed where they have no room', async () => {
    const events = sampleSession('a', 1)
    const { write } = store
    const progress = { takeJournal: () => ({ answers: new Uint8Array(9), wallSeconds: 1 }), takeCheckpoints: () => [] }
    recorder = new Recorder(store, { progress })
    await record(events.slice(0, 1))
    store.write = (id, written) => {
      if (written.events.length > 0) throw new Error('disk full')
      write.call(store, id, written)
    }
    await expect(record(events.slice(1))).rejects.toThrow('disk full')
    expect(reader.session('a')).toMatchObject({ state: 'unfinished', rounds: 0 })
    await recorder.fail(new Error('disk full'))
    expect(reader.session('a')).toMatchObject({ state: 'failed', error: 'disk full', resumable: true, length: 1 })
    store.write = write
  })

  it('lets a session go on from its last whole round, however many rounds were written at once', async () => {
    const { write } = store
    const progress = { takeJournal: () => ({ answers: new Uint8Array(9), wallSeconds: 1 }), takeCheckpoints: () => [] }
    recorder = new Recorder(store, { progress })
    store.write = () => {
      throw new Error('disk full')
    }
    const whole = [started, first, ...sampleRound(1), ...sampleRound(2)]
    await expect(record([...whole, ...sampleRound(3).slice(0, 4)])).rejects.toThrow('disk full')
    store.write = write
    await recorder.fail(new Error('no phone is left'))
    expect(reader.session('a').length).toBe(whole.length + 4)
    expect(reader.journalLength('a')).toBe(whole.length)
  })

  it('writes at the next round what it could not write at this one', async () => {
    const events = [started, first, ...sampleRound(1), ...sampleRound(2)]
    await record(events.slice(0, 3))
    const { write } = store
    store.write = () => {
      throw new Error('disk full')
    }
    await expect(record(sampleRound(1).slice(1))).rejects.toThrow('disk full')
    store.write = write
    await record(sampleRound(2))
    expect([...reader.events('a')]).toEqual(events)
  })
})
