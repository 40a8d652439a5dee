import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { safetensorsBytes } from '#main/models/safetensors/write.ts'
import { openStore } from '#main/store/open-store.ts'
import { type Importing, exportSession, importSession } from '#main/store/share.ts'
import { packParts, unpackParts } from '#main/store/share-format.ts'
import type { Store } from '#main/store/store.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { fuzzed } from './fuzz-share.ts'
import { sampleSession, scenario } from './sample-session.ts'

let folder = ''
let from: Store
let to: Store

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'share-'))
  from = openStore(join(folder, 'from.db'))
  to = openStore(join(folder, 'to.db'))
  const about = { name: 'sample', method: 'cooper', seed: 7, startedAt: '2026-01-01T00:00:00.000Z', environment: { cores: 2 } }
  from.createSession({ id: 'a', ...about, scenario })
  from.append('a', sampleSession('a', 30))
  const trained = safetensorsBytes([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(1, -2) }]])
  from.write('a', { events: [], checkpoints: [{ kind: 'trained', round: 30, position: 9, content: trained }] })
  from.describe('a', { tags: ['good'], notes: 'worth a look' })
  from.finish('a', { state: 'finished', endedAt: '2026-01-01T01:00:00.000Z' })
})
afterEach(() => {
  from.close()
  to.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('limits of an import', () => {
  const parts = () => [...unpackParts(exportSession(from, 'a'), 'x')]
  const refused = (file: Uint8Array, importing: Importing = {}): string => {
    try {
      importSession(to, file, 'x.cooperlab', importing)
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      expect(to.sessions()).toEqual([])
      return (error as Error).message
    }
    throw new Error('it was imported')
  }

  it('count what the whole file would become, before any of it is unpacked', () => {
    const [session, setting, events] = parts()
    const long = Buffer.concat([events!.content, Buffer.from('\n'.repeat(2 ** 27))])
    expect(refused(packParts([session!, setting!, { name: 'events', content: long }]))).toMatch(
      /^x\.cooperlab: 1\d\d KiB that would become 128 MiB, more than \d+\.?\d* MiB; expected a session that export has written \(nothing was imported\)$/,
    )
    const bombs = Array.from({ length: 30 }, () => ({ name: 'events', content: Buffer.alloc(2 ** 22, 10) }))
    expect(refused(packParts([session!, setting!, events!, ...bombs]))).toMatch(/that would become 120 MiB/)
  })

  it('end one that takes too long, and one that somebody cancels, with nothing kept', () => {
    let milliseconds = 0
    expect(refused(exportSession(from, 'a'), { now: () => (milliseconds += 400_000) })).toContain('takes more than 300 s')
    const shares: number[] = []
    const cancel = (share: number): void => {
      shares.push(share)
      throw new InputError('x.cooperlab', 'an import that was cancelled', 'one that ends')
    }
    expect(refused(exportSession(from, 'a'), { onProgress: cancel })).toContain('cancelled')
    expect(shares).toEqual([expect.closeTo(0.98, 1)])
  })

  it('refuse numbers that nothing could show', () => {
    const [session, setting, events, ...rest] = parts()
    for (const change of ['"round":9007199254740991', '"round":1e300']) {
      const text = Buffer.from(events!.content).toString().replace('"round":7', change)
      expect(refused(packParts([session!, setting!, { name: 'events', content: Buffer.from(text) }, ...rest]))).toMatch(
        /whose round is wrong/,
      )
    }
  })
})

describe('a shared session', () => {
  it('arrives with its events, scenario, words, what it ran on and what it trained', () => {
    expect(importSession(to, exportSession(from, 'a'), 'x')).toBe('a')
    expect([...to.events('a')]).toEqual([...from.events('a')])
    expect(to.session('a')).toEqual(from.session('a'))
    expect(to.checkpoint('a', 'trained')!.content).toEqual(from.checkpoint('a', 'trained')!.content)
  })

  it('gets another name where its own is taken', () => {
    const file = exportSession(from, 'a')
    const id = importSession(from, file, 'x')
    expect(id).not.toBe('a')
    expect([...from.events(id)][0]).toMatchObject({ kind: 'session-started', session: id })
    expect(from.sessions()).toHaveLength(2)
  })

  it('that broke off has nothing to go on from elsewhere', () => {
    const { name, method, seed, startedAt, environment } = from.session('a')
    from.createSession({ id: 'b', name, method, seed, startedAt, environment, scenario })
    from.write('b', { events: sampleSession('b', 3).slice(0, -1), journal: [{ answers: new Uint8Array(3), wallSeconds: 1 }] })
    importSession(to, exportSession(from, 'b'), 'x')
    expect(to.session('b')).toMatchObject({ state: 'interrupted', resumable: false })
  })
})

describe('a file from anybody', () => {
  const refused = (file: Uint8Array): string => {
    let message = 'imported'
    try {
      importSession(to, file, 'x.cooperlab')
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      message = (error as InputError).message
    }
    expect(to.sessions()).toEqual([])
    return message
  }
  const changed = (change: (parts: { name: string; content: Uint8Array }[]) => void): Uint8Array => {
    const parts = [...unpackParts(exportSession(from, 'a'), 'x')].map(({ name, content }) => ({ name, content }))
    change(parts)
    return packParts(parts)
  }
  const lines = (content: Uint8Array, change: (events: Record<string, unknown>[]) => void): Uint8Array => {
    const events = Buffer.from(content)
      .toString()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    change(events)
    return Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'))
  }
  const events = (change: (events: Record<string, unknown>[]) => void): Uint8Array =>
    changed((parts) => {
      const part = parts.find(({ name }) => name === 'events')!
      part.content = lines(part.content, change)
    })

  it.each<[string, () => Uint8Array, RegExp]>([
    ['nothing', () => new Uint8Array(0), /no shared session/],
    ['another file', () => Buffer.from('PK\u0003\u0004 a zip'), /no shared session/],
    ['one cut short', () => exportSession(from, 'a').subarray(0, 900), /cut short|bytes where/],
    ['one with something behind it', () => Buffer.concat([exportSession(from, 'a'), Buffer.from('x')]), /bytes where its table tells/],
    ['a part named like a path', () => changed((parts) => (parts[0]!.name = '../../etc/passwd')), /table/],
    ['a part of no known name', () => changed((parts) => (parts[2]!.name = 'program')), /"program" where none is expected/],
    ['no events', () => changed((parts) => parts.splice(2)), /no events/],
    ['an event of no known kind', () => events((all) => (all[3]!['kind'] = 'run-this')), /no known kind/],
    ['an event of a phone that is not there', () => events((all) => (all[2]!['phone'] = 7)), /phone 7 of 2/],
    ['a second beginning', () => events((all) => all.push(all[0]!)), /session-started where none can be/],
    [
      'a report before any round',
      () =>
        events((all) =>
          all.splice(
            1,
            0,
            all.find(({ kind }) => kind === 'phone-reported')!,
          ),
        ),
      /before any round/,
    ],
    ['a number that is a text', () => events((all) => (all[1]!['rows'] = 'many')), /event evaluated whose rows is wrong/],
    [
      'an id with a path in it',
      () => changed((parts) => (parts[0]!.content = Buffer.from(JSON.stringify({ id: '../x' })))),
      /whose id is wrong/,
    ],
    ['a scenario that is none', () => changed((parts) => (parts[1]!.content = Buffer.from('{"fleet":[]}'))), /expected/],
    ['tensors that are none', () => changed((parts) => (parts.at(-1)!.content = new Uint8Array(40))), /header/],
    [
      'events nested without end',
      () =>
        changed((parts) => {
          const part = parts.find(({ name }) => name === 'events')!
          const deep = `"rows":5,"more":${'['.repeat(50_000)}${']'.repeat(50_000)}`
          part.content = Buffer.from(Buffer.from(part.content).toString().replace('"rows":5', deep))
        }),
      /./,
    ],
  ])('that is %s is refused in one line and leaves nothing behind', (_, make, words) => {
    expect(refused(make())).toMatch(words)
  })

  it('whose parts grow beyond what its table says is refused before they do', () => {
    const file = Buffer.from(packParts([{ name: 'session', content: Buffer.alloc(1_000_000) }]))
    const table = file.toString('latin1')
    const forged = Buffer.from(table.replace('"whole":1000000', '"whole":1000001').replace('"whole":1000001', '"whole":0000001'), 'latin1')
    expect(refused(forged)).toMatch(/table|damaged/)
    const small = Buffer.from(table.replace('"whole":1000000', '"whole":1000   '), 'latin1')
    expect(refused(small)).toMatch(/damaged/)
  })

  it('with anything changed is refused or a session like any other, and nothing is written beside the store', () => {
    const good = exportSession(from, 'a')
    const before = readdirSync(folder).sort()
    const stream = new Stream(deriveKey(5, 'fuzz'))
    let refusals = 0
    for (let i = 0; i < 200; i++) {
      try {
        to.remove([importSession(to, fuzzed(good, stream), 'x')])
      } catch (error) {
        expect(error).toBeInstanceOf(InputError)
        refusals++
      }
    }
    expect(refusals).toBeGreaterThan(100)
    expect(to.sessions()).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(before)
    expect(to.database.pragma('quick_check', { simple: true })).toBe('ok')
  })
})
