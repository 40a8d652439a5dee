import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '#main/store/open-store.ts'
import type { NewSession } from '#main/store/session-data.ts'
import type { Store } from '#main/store/store.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { EMPTY_VIEW } from '#shared/events/projection.ts'
import { sampleSession, scenario } from './sample-session.ts'
import { project } from '../events/project.ts'

let folder = ''
let path = ''
let store: Store

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  path = join(folder, 'lab.db')
  store = openStore(path)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

function session(id: string, changes: Partial<NewSession> = {}): NewSession {
  const environment = { node: '24.0.0', cores: 2 }
  return { id, name: 'sample', method: 'cooper', seed: 7, scenario, startedAt: '2026-02-03T04:05:06.000Z', environment, ...changes }
}

function evaluated(round: number, accuracy: number, loss = 1): LabEvent {
  return { kind: 'evaluated', round, accuracy, loss, rows: 5 }
}

describe('a store', () => {
  it('gives back a session as it was created, after being closed too', () => {
    store.createSession(session('a', { name: 'Größe "x"', seed: Number.MAX_SAFE_INTEGER }))
    const row = {
      id: 'a',
      name: 'Größe "x"',
      method: 'cooper',
      seed: Number.MAX_SAFE_INTEGER,
      startedAt: '2026-02-03T04:05:06.000Z',
      endedAt: null,
      state: 'unfinished',
      error: null,
      rounds: 0,
      accuracy: null,
      tags: [],
      notes: '',
      running: true,
      resumable: false,
    }
    expect(store.sessions()).toEqual([row])
    store.close()
    store = openStore(path)
    expect(store.session('a')).toEqual({ ...row, scenario, profiles: null, length: 0, environment: { node: '24.0.0', cores: 2 } })
  })

  it('gives back events in order over several batches and more than one read', () => {
    store.createSession(session('a'))
    const events = Array.from({ length: 1000 }, (_, i) => evaluated(i, i / 1000))
    for (let from = 0; from < events.length; from += 170) store.append('a', events.slice(from, from + 170))
    expect([...store.events('a')]).toEqual(events)
  })

  it('keeps the events of sessions apart, and takes no events at all', () => {
    for (const id of ['a', 'b', 'empty']) store.createSession(session(id))
    store.append('a', [evaluated(1, 0.1)])
    store.append('b', [evaluated(1, 0.2)])
    store.append('a', [evaluated(2, 0.3)])
    store.append('empty', [])
    expect([...store.events('a')]).toEqual([evaluated(1, 0.1), evaluated(2, 0.3)])
    expect([...store.events('b')]).toEqual([evaluated(1, 0.2)])
    expect([...store.events('empty')]).toEqual([])
    expect(store.sessions().map(({ id }) => id)).toEqual(['a', 'b', 'empty'])
  })

  it('can be written while its events are read', () => {
    store.createSession(session('a'))
    store.append('a', [evaluated(1, 0.1), evaluated(2, 0.2)])
    const reading = store.events('a')[Symbol.iterator]()
    expect(reading.next().value).toEqual(evaluated(1, 0.1))
    store.append('a', [evaluated(3, 0.3)])
    expect(reading.next().value).toEqual(evaluated(2, 0.2))
    expect([...store.events('a')]).toHaveLength(3)
  })

  it('appends all events of a batch or none', () => {
    store.createSession(session('a'))
    const broken = { kind: 'evaluated', loss: 1n } as unknown as LabEvent
    expect(() => store.append('a', [evaluated(1, 0.1), broken])).toThrow(TypeError)
    expect([...store.events('a')]).toEqual([])
    store.append('a', [evaluated(2, 0.2)])
    expect([...store.events('a')]).toEqual([evaluated(2, 0.2)])
  })

  it('lists finished rounds, the last accuracy and how the session ended', () => {
    store.createSession(session('a'))
    store.append('a', [evaluated(0, 0.5), evaluated(1, 0.6), { kind: 'round-finished', round: 1, virtualSeconds: 2 }])
    store.append('a', [{ kind: 'round-started', round: 2, plan: { guidance: false, guided: false, random: 1, shared: 0 }, phones: [0] }])
    expect(store.session('a')).toMatchObject({ rounds: 1, accuracy: 0.6, state: 'unfinished' })
    store.finish('a', { state: 'failed', endedAt: '2026-02-03T05:00:00.000Z', error: 'no phone is left' })
    expect(store.session('a')).toMatchObject({ state: 'failed', endedAt: '2026-02-03T05:00:00.000Z', error: 'no phone is left' })
    store.finish('a', { state: 'finished', endedAt: '2026-02-03T06:00:00.000Z' })
    expect(store.session('a')).toMatchObject({ state: 'finished', error: null })
  })

  it('names an unknown session', () => {
    const line = 'session: "nobody"; expected an id that the sessions command lists'
    const end = { state: 'finished', endedAt: '' } as const
    for (const ask of [
      () => store.session('nobody'),
      () => [...store.events('nobody')],
      () => store.append('nobody', []),
      () => store.finish('nobody', end),
    ]) {
      expect(ask).toThrow(new InputError('session', '"nobody"', 'an id that the sessions command lists'))
      expect(ask).toThrow(line)
    }
  })

  it('refuses a second session of the same id', () => {
    store.createSession(session('a'))
    expect(() => store.createSession(session('a', { name: 'other' }))).toThrow(/UNIQUE/)
    expect(store.session('a').name).toBe('sample')
  })
})

describe('stored events', () => {
  it('fold to the same view as live ones', () => {
    const live = sampleSession('a', 3)
    store.createSession(session('a'))
    store.append('a', live)
    const stored = [...store.events('a')]
    expect(stored).toEqual(live)
    const views = [live, stored].map((events) => events.reduce(project, EMPTY_VIEW))
    expect(views[1]).toEqual(views[0])
    expect(views[0]).toMatchObject({ round: 3, finished: { digest: 'abc' }, history: { length: 4 } })
  })

  it('keep every number, whatever it is', () => {
    store.createSession(session('a'))
    const numbers = fc.sample(fc.double(), { numRuns: 300, seed: 1 })
    const events = [NaN, Infinity, -Infinity, -0, 5e-324, ...numbers].map((loss) => evaluated(1, 0.5, loss))
    store.append('a', events)
    expect([...store.events('a')]).toEqual(events)
  })

  it('can be neither changed nor removed nor replaced nor put out of order, by other programs either', () => {
    store.createSession(session('a'))
    store.append('a', [evaluated(1, 0.1), evaluated(2, 0.2)])
    const other = new Database(path)
    const insert = (verb: string, seq: number) =>
      other.exec(`${verb} INTO events (session, seq, kind, event) VALUES (1, ${seq}, 'evaluated', '{}')`)
    try {
      expect(() => other.exec("UPDATE events SET event = '{}' WHERE seq = 0")).toThrow('append-only')
      expect(() => other.exec('DELETE FROM events')).toThrow('append-only')
      expect(() => insert('INSERT OR REPLACE', 1)).toThrow('in order')
      expect(() => insert('INSERT', 3)).toThrow('in order')
      expect(() => insert('INSERT', -1)).toThrow('in order')
    } finally {
      other.close()
    }
    expect([...store.events('a')]).toEqual([evaluated(1, 0.1), evaluated(2, 0.2)])
  })
})
