/** The store as the lab has it: in a thread of its own, with whatever is wrong with its file told and nothing of it lost. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourceResources } from '#main/machine/resources.ts'
import { MIGRATIONS } from '#main/store/migrations/migrate.ts'
import { openStore } from '#main/store/open-store.ts'
import { storeService } from '#main/store/store-service.ts'
import { openingWords, storeNoticeWords } from '#main/shells/store-notice-words.ts'
import { type StoreOpening, type StoreThread, openStoreThread } from '#main/store/store-thread.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { EMPTY_VIEW, Projection } from '#shared/events/projection.ts'
import { sampleSession, scenario } from '../../unit/store/sample-session.ts'
import { project } from '../../unit/events/project.ts'

const { storeWorker } = sourceResources(join(import.meta.dirname, '..', '..', '..'))
const PAGE = 4096
let folder = ''
let path = ''
const opened: StoreThread[] = []
let warnings: string[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-thread-'))
  path = join(folder, 'lab.db')
  warnings = []
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function open(change: Partial<StoreOpening> = {}): Promise<StoreThread> {
  const store = await openStoreThread(storeWorker, { path, chosen: true, mustExist: false, ...change }, (notice) =>
    warnings.push(storeNoticeWords(notice)),
  )
  opened.push(store)
  return store
}

const about = { name: 'sample', method: 'cooper', seed: 7, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
const events = sampleSession('a', 40)

async function record(store: StoreThread, id = 'a', rounds = 40): Promise<void> {
  await store.createSession({ id, ...about })
  const all = sampleSession(id, rounds)
  for (let i = 0; i < all.length; i += 50) await store.write(id, { events: all.slice(i, i + 50) })
  await store.finish(id, { state: 'finished', endedAt: about.startedAt })
}

/** A store of one session, closed. */
function made(rounds = 40): void {
  const store = openStore(path)
  store.createSession({ id: 'a', ...about })
  store.append('a', sampleSession('a', rounds))
  store.finish('a', { state: 'finished', endedAt: about.startedAt })
  store.close()
}

describe('over the thread', () => {
  test('the view after any number of events is what its events fold to, in whatever order views are asked for', async () => {
    const store = await open()
    await record(store)
    for (const seq of [events.length, 0, 7, 8, 300, 120, 121, 1]) {
      const shown = await store.viewAt('a', seq)
      expect(shown).toMatchObject({ view: { seq }, length: events.length })
      expect(shown.view).toEqual(events.slice(0, seq).reduce(project, EMPTY_VIEW))
    }
    expect(await store.viewAt('a')).toEqual(await store.viewAt('a', events.length))
    expect(await store.viewAt('a', 1e9)).toEqual(await store.viewAt('a'))
  })

  test('a session that is being written can be seen at any moment, and what is added afterwards is there', async () => {
    const store = await open()
    await store.createSession({ id: 'a', ...about })
    for (let i = 0; i < events.length; i += 37) {
      await store.write('a', { events: events.slice(i, i + 37) })
      const { view } = await store.viewAt('a')
      expect(view).toEqual(events.slice(0, i + 37).reduce(project, EMPTY_VIEW))
      expect(view.seq).toBe(Math.min(events.length, i + 37))
    }
  })

  test('a session that was removed is gone with its moments, and one of the same name begins anew', async () => {
    const store = await open()
    await record(store)
    await store.viewAt('a')
    await store.remove(['a'])
    expect(await store.sessions('')).toEqual([])
    await expect(store.viewAt('a')).rejects.toThrow(InputError)
    await record(store, 'a', 3)
    expect((await store.viewAt('a')).view.round).toBe(3)
  })

  test('what the user gave wrong is told as such, and a store that is closed says so', async () => {
    const store = await open()
    await expect(store.session('nobody')).rejects.toEqual(new InputError('session', '"nobody"', 'an id that the sessions command lists'))
    await store.close()
    await expect(store.sessions('')).rejects.toThrow('closed')
  })

  test('two labs share a store: each sees what the other keeps, and neither removes what the other runs', async () => {
    const [one, other] = [await open(), await open()]
    await one.createSession({ id: 'a', ...about })
    await one.write('a', { events: events.slice(0, 20) })
    await record(other, 'b', 2)
    expect((await one.sessions('')).map(({ id }) => id)).toEqual(['a', 'b'])
    expect((await other.viewAt('a')).view.seq).toBe(20)
    await one.write('a', { events: events.slice(20, 30) })
    expect((await other.viewAt('a')).view.seq).toBe(30)
    expect(readdirSync(folder).toSorted()).toEqual(['lab.db', 'lab.db-shm', 'lab.db-wal'])
  })
})

describe('an import', () => {
  test('tells how far it is and ends when it is cancelled, with nothing kept and the thread as good as before', async () => {
    made(3000)
    const own = await open()
    const file = await own.exportSession('a')
    await own.remove(['a'])
    expect(own.importShare).toBeNull()
    const aborting = new AbortController()
    const importing = own.importSession(file, 'x.cooperlab', aborting.signal)
    while (own.importShare === null) await new Promise((resolve) => void setImmediate(resolve))
    aborting.abort()
    await expect(importing).rejects.toEqual(
      new InputError('x.cooperlab', 'an import that was cancelled', 'one that goes on (nothing was imported)'),
    )
    expect(own.importShare).toBeNull()
    expect(await own.sessions('')).toEqual([])
    expect(await own.importSession(file, 'x.cooperlab')).toBe('a')
  })
})

describe('a session of many events', () => {
  test('has views kept from its recording on, so that opening it reads the last few', async () => {
    const store = openStore(path)
    const service = storeService(store)
    const long = sampleSession('a', 2500)
    service.createSession({ id: 'a', ...about })
    for (let i = 0; i < long.length; i += 1000) service.write('a', { events: long.slice(i, i + 1000) })
    const kept = store.database.prepare('SELECT seq FROM snapshots ORDER BY seq').pluck().all()
    expect(kept).toEqual([10_000, 20_000])
    const folded = storeService(store).viewAt('a').view
    expect(folded).toEqual(long.reduce((view, event) => view.add(event), new Projection()).view)
    store.close()
  })
})

describe('a large store', () => {
  /** Damages the first or the last page of events: the last is read to list sessions, the first is not. */
  function damage(which: 'min' | 'max'): void {
    const database = new Database(path)
    const pages = `SELECT ${which}(pageno) FROM dbstat WHERE name = 'events' AND pagetype = 'leaf'`
    const page = database.prepare(pages).pluck().get() as number
    database.close()
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, (page - 1) * PAGE)
    closeSync(file)
  }
  const large = { checkedBytes: 0, checkAfterSeconds: 0 }

  test('that is damaged is opened at once, answers, and tells what is wrong a little later', { timeout: 60_000 }, async () => {
    made(400)
    damage('min')
    // As large as it is, openStore would refuse it: its size is what keeps it from being checked first.
    growBeyondCheck()
    const store = await open(large)
    expect(await store.sessions('')).toHaveLength(1)
    await expect
      .poll(() => warnings, { timeout: 50_000 })
      .toEqual([expect.stringMatching(/^The store of sessions \S+lab\.db is damaged \(.+\)\. Export the sessions that matter/)])
    expect(warnings[0]).not.toContain('\n')
  })

  test('whose damage is met before it was looked for says so in one line', async () => {
    made(400)
    damage('max')
    growBeyondCheck()
    const store = await open()
    const line = await store.sessions('').catch((error: Error) => error)
    expect(line).toBeInstanceOf(InputError)
    expect((line as Error).message).toMatch(
      /^\S+lab\.db: a damaged store \(.+\); expected a sound one\. Export the sessions that matter, [^\n]+$/,
    )
  })

  test('that is sound has nothing to tell, and closes whether it was checked or not', { timeout: 60_000 }, async () => {
    made()
    const checked = await open(large)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await checked.close()
    const early = await open(large)
    await early.close()
    expect(warnings).toEqual([])
    expect(readdirSync(folder)).toEqual(['lab.db'])
  })

  /** By one row of 65 MiB. */
  function growBeyondCheck(): void {
    const database = new Database(path)
    database.exec("INSERT INTO checkpoints (session, kind, round, position, content) VALUES (1, 'state', 0, 0, zeroblob(68157440))")
    database.close()
  }
})

describe('the store that nobody chose', () => {
  const own = { chosen: false }

  test('is set aside with its logs where it is damaged, told in one sentence, and a new one is begun', async () => {
    made()
    const sound = readFileSync(path)
    writeFileSync(path, sound.fill(0xa5, 3 * PAGE, 12 * PAGE))
    const damaged = readFileSync(path)
    const store = await open(own)
    expect(openingWords(store.notices)).toMatch(
      /^The store of sessions could not be read \(.+\)\. It was set aside as \S+, and a new one was begun\.$/,
    )
    const aside = readdirSync(folder).find((name) => /damaged-[\dT-]+$/.test(name))!
    expect(openingWords(store.notices)).toContain(aside)
    expect(readFileSync(join(folder, aside))).toEqual(damaged)
    expect(await store.sessions('')).toEqual([])
    await record(store)
    expect(await store.sessions('')).toHaveLength(1)
  })

  test('stays where it is if a newer version wrote it, and this version keeps its sessions beside it, the next time too', async () => {
    made()
    const database = new Database(path)
    database.pragma(`user_version = ${MIGRATIONS.length + 1}`)
    database.close()
    const before = readFileSync(path)
    const store = await open(own)
    expect(openingWords(store.notices)).toMatch(/written by a newer version of the lab and was left alone/)
    expect(store.file).toBe(join(folder, `lab.schema-${MIGRATIONS.length}.db`))
    await record(store)
    await store.close()
    expect((await (await open(own)).sessions('')).map(({ id }) => id)).toEqual(['a'])
    expect(readFileSync(path)).toEqual(before)
  })

  test('is made with its folder, and a folder that cannot be is told in one line', async () => {
    const store = await open({ ...own, path: join(folder, 'new', 'deep', 'lab.db') })
    expect(store.notices).toEqual([])
    expect(existsSync(store.file)).toBe(true)
    copyFileSync(storeWorker, join(folder, 'file'))
    await expect(open({ ...own, path: join(folder, 'file', 'lab.db') })).rejects.toThrow(/expected a folder that can be made there/)
  })
})
