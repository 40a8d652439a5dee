/**
 * `LD_PRELOAD=LIBRARY node every-write.ts LIBRARY FOLDER [STRIDE]`: does what a store does, with each write to the disk failing in turn in each way,
 * and looks whether all was kept or the caller was told. With a stride every so many writes fail, in one way after the other. Prints one JSON
 * object: how many faults there were in each piece of work, and what was wrong.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import Database from 'better-sqlite3'
import { openFaultLog } from '../../src-main/lab/fault-log.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { inWords } from '../../src-main/store/damage.ts'
import { StoreTrouble } from '../../src-shared/errors/store-trouble.ts'
import { toJson } from '../../src-main/store/event-json.ts'
import { APPLICATION_ID } from '../../src-main/store/inspect-file.ts'
import { MIGRATIONS, migrate } from '../../src-main/store/migrations/migrate.ts'
import { openStore } from '../../src-main/store/open-store.ts'
import { Recorder } from '../../src-main/store/recorder.ts'
import { exportSession, importSession } from '../../src-main/store/share.ts'
import { storeService } from '../../src-main/store/store-service.ts'
import type { Store } from '../../src-main/store/store.ts'
import { InputError } from '../../src-shared/errors/input-error.ts'
import { RunFailed } from '../../src-shared/errors/run-failed.ts'
import type { LabEvent } from '../../src-shared/events/event.ts'
import { sampleSession, scenario } from '../unit/store/sample-session.ts'
import { FAULTS, FOR_GOOD, type Fault, ownDisk } from './faulty-disk.ts'
import { modelWorks } from './model-files.ts'
import { type Work, Wrong, hold } from './work.ts'

const [library, folder, stride] = process.argv.slice(2) as [string, string, string?]
const disk = ownDisk(library)
/** Once, or from then on. */
type Way = readonly [fault: Fault, times: number]
const WAYS = FAULTS.filter((fault) => fault !== 'none' && !fault.endsWith('kill')).flatMap((fault): Way[] =>
  fault === 'short'
    ? [[fault, 1]]
    : [
        [fault, 1],
        [fault, FOR_GOOD],
      ],
)
const about = { name: 'sample', method: 'cooper', seed: 7, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
const ROUNDS = 3
/** No piece of work writes so often. */
const MOST = 500
const events = sampleSession('a', ROUNDS)
const path = join(folder, 'lab.db')

/** Does something with the store, which is closed again whatever comes. */
function withStore<T>(work: (store: Store) => T): T {
  const store = openStore(path)
  try {
    return work(store)
  } finally {
    store.close()
  }
}

function keeps(store: Store, wanted: readonly LabEvent[], id = 'a'): boolean {
  const plainly = (list: readonly LabEvent[]): unknown => JSON.parse(toJson(list))
  return isDeepStrictEqual(plainly([...store.events(id)]), plainly(wanted))
}

/** Rounds that the recorder said were kept. */
let durableRounds = 0
const recording: Work = {
  prepare: () => {},
  async run() {
    durableRounds = 0
    const store = openStore(path)
    const progress = { takeJournal: () => ({ answers: Buffer.alloc(2000, 1), wallSeconds: 1 }), takeCheckpoints: () => [] }
    const recorder = new Recorder(storeService(store), { progress })
    try {
      for (const event of events) {
        recorder.record(event)
        await recorder.durable()
        if (event.kind === 'round-finished') durableRounds = event.round
      }
    } catch (error) {
      await recorder.fail(error).catch(() => {})
      throw error
    } finally {
      store.close()
    }
  },
  look(told) {
    withStore((store) => {
      const [row] = store.sessions()
      if (told === undefined) {
        hold(row?.state === 'finished', `it ended, and the session is ${row?.state ?? 'not there'}`)
        hold(keeps(store, events), 'it ended, and its events are others')
        return
      }
      const uncertain = told instanceof StoreTrouble && told.uncertain
      if (uncertain && row?.state === 'finished') return hold(keeps(store, events), 'it may have ended, and its events are others')
      hold(row?.state !== 'finished', 'it failed, and the session is finished')
      if (uncertain && row?.rounds === 0) return hold(durableRounds === 0, 'it said that rounds were kept, and there are none')
      if (!row) return hold(durableRounds === 0, 'it said that rounds were kept, and there is no session')
      hold(row.rounds >= durableRounds, `it said that ${durableRounds} rounds were kept, and there are ${row.rounds}`)
      hold(row.resumable, 'what is left of it cannot go on')
      const service = storeService(store)
      const { length } = service.resume('a')
      hold(keeps(store, events.slice(0, length)), 'what is left of it is not its beginning')
      service.write('a', { events: events.slice(length), end: { state: 'finished', endedAt: about.startedAt } })
      hold(keeps(store, events), 'it went on to other events')
    })
  },
}

function madeStore(): void {
  withStore((store) => {
    for (const id of ['a', 'b']) {
      store.write(id, {
        created: { id, ...about },
        events: sampleSession(id, ROUNDS),
        end: { state: 'finished', endedAt: about.startedAt },
      })
    }
  })
}

const shared = join(folder, '..', 'a.cooperlab')
const importing: Work = {
  prepare: () => {},
  run: () => withStore((store) => void importSession(store, readFileSync(shared), 'a.cooperlab')),
  look(told) {
    withStore((store) => {
      if (told === undefined) hold(keeps(store, events), 'it was imported as something else')
      else if (store.sessions().length > 0)
        hold(told instanceof StoreTrouble && told.uncertain && keeps(store, events), 'it was refused, and is there')
    })
  },
}

const exported = join(folder, 'out', 'a.cooperlab')
const exporting: Work = {
  prepare() {
    mkdirSync(join(folder, 'out'))
    writeWhole(exported, 'what was there')
    madeStore()
  },
  run: () => withStore((store) => writeWhole(exported, exportSession(store, 'a'))),
  look(told) {
    const content = readFileSync(exported)
    if (told === undefined) hold(content.equals(readFileSync(shared)), 'it was exported as something else')
    else hold(content.equals(readFileSync(shared)) || content.toString() === 'what was there', 'half of a file is there')
    hold(readdirSync(join(folder, 'out')).length === 1, 'something is left beside it')
  },
}

const migrating: Work = {
  prepare() {
    const database = new Database(path)
    database.pragma(`application_id = ${APPLICATION_ID}`)
    migrate(database, MIGRATIONS.slice(0, 1))
    database
      .prepare(
        "INSERT INTO sessions (id, name, method, seed, scenario, environment, started_at, state) VALUES ('a', 'x', 'cooper', 7, ?, '{}', '', 'finished')",
      )
      .run(JSON.stringify(scenario))
    const insert = database.prepare('INSERT INTO events (session, seq, kind, event) VALUES (1, ?, ?, ?)')
    plain.forEach((event, i) => insert.run(i, event.kind, JSON.stringify(event)))
    database.close()
  },
  run: () => withStore((store) => void store.sessions()),
  look: () => withStore((store) => hold(keeps(store, plain), 'it lost events')),
}
/** As the first version wrote them: its JSON had no other numbers. */
const plain = events.filter(({ kind }) => kind === 'round-started' || kind === 'round-finished') as LabEvent[]

const compacting: Work = {
  prepare: madeStore,
  run: () => withStore((store) => store.remove(['b'])),
  look(told) {
    withStore((store) => {
      hold(keeps(store, events), 'another session lost events')
      const left = store.sessions().length
      if (told === undefined) hold(left === 1, 'it was not removed')
      else if (left === 2) hold(keeps(store, sampleSession('b', ROUNDS), 'b'), 'half of it was removed')
    })
  },
}

const log = join(folder, 'logs', 'faults.log')
let answer = ''
const noting: Work = {
  prepare() {
    openFaultLog(log, 'lab').note('the first', 'with its stack')
  },
  run() {
    answer = openFaultLog(log, 'lab').tell(new Error('the second'))
  },
  look() {
    const kept = readFileSync(log, 'utf8')
    hold(kept.includes('the first (lab)\nwith its stack\n\n'), 'what was kept before is gone')
    const whole = /the second \(lab\)\nError: the second\n[^]*\n\n$/.test(kept)
    hold(answer.includes(whole ? 'its details are in' : 'its details could not be kept'), `it told "${answer}"`)
    openFaultLog(log, 'lab').note('the third', 'with its stack')
    hold(/^\S+Z the third \(lab\)\n/m.test(readFileSync(log, 'utf8')), 'the next one begins in the middle of a line')
  },
}

function empty(): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** @returns whether the fault came, and what was wrong after it */
async function attempt(work: Work, fault: Fault, at: number, times: number): Promise<{ failed: number; wrong: string | null }> {
  empty()
  work.prepare()
  disk.fail(fault, at, times)
  let told: unknown
  try {
    await work.run()
  } catch (error) {
    told = inWords(error, path)
  }
  const { failed } = disk.mend()
  try {
    look(work, told, failed)
    return { failed, wrong: null }
  } catch (error) {
    return { failed, wrong: `${error instanceof Wrong ? error.message : (error as Error).stack} (told: ${String(told)})` }
  }
}

function look(work: Work, told: unknown, failed: number): void {
  if (told !== undefined) {
    hold(told instanceof InputError || told instanceof RunFailed, `it told ${(told as Error).stack}`)
    hold(!(told as Error).message.includes('\n'), 'it told more than one line')
    hold(failed > 0, 'it failed of itself')
  }
  if (existsSync(path)) {
    const database = new Database(path)
    const sound = database.pragma('integrity_check', { simple: true }) as string
    database.close()
    hold(sound === 'ok', `the store is damaged: ${sound}`)
  }
  work.look(told)
}

mkdirSync(folder, { recursive: true })
madeStore()
withStore((store) => writeWhole(shared, exportSession(store, 'a')))
const WORKS: Record<string, Work> = {
  recording,
  importing,
  exporting,
  migrating,
  compacting,
  noting,
  ...modelWorks(folder, join(folder, '..')),
}
const faults: Record<string, number> = {}
const wrong: string[] = []
async function tried(name: string, work: Work, [fault, times]: Way, at: number): Promise<boolean> {
  const { failed, wrong: found } = await attempt(work, fault, at, times)
  if (found !== null) wrong.push(`${name}, ${fault} at write ${at}${times === 1 ? '' : ' and after'}: ${found}`)
  if (failed > 0) faults[name]!++
  return failed > 0
}

for (const [name, work] of Object.entries(WORKS)) {
  faults[name] = 0
  if (stride !== undefined) {
    for (let at = 1; at < MOST && (await tried(name, work, WAYS[at % WAYS.length]!, at)); at += Number(stride));
    continue
  }
  for (const way of WAYS) for (let at = 1; at < MOST && (await tried(name, work, way, at)); at++);
}
process.stdout.write(`${JSON.stringify({ faults, wrong })}\n`)
