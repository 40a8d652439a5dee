/**
 * `node tests/endurance/left-out.ts [--methods A,B] [--ways A,B] [--states 1,10,1000] [--rounds N] [--no-kills]`: the quickstart with phones that are left out of
 * rounds, each way of being left out with states saved after every one, every ten and every thousand rounds, once with its host killed in the middle
 * and once with a phone killed. Prints a line per session. Exit code 1 unless no phone failed that was not killed and all sessions of one way end
 * with the same digest. Linux.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openStore } from '#main/store/open-store.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { type Kill, killedSession } from './killed-session.ts'

type Tree = Readonly<Record<string, unknown>>

const QUICKSTART = JSON.parse(readFileSync(join(import.meta.dirname, '../../resources/scenarios/quickstart.json'), 'utf8')) as Tree
const IDS = ['pixel-4', 'iphone-13-pro', 'entry', 'android-go'].flatMap((profile) => [`${profile}-1`, `${profile}-2`])

/** Cooper is as it ships; the others do little work per round, since what is left out and caught up with is the same. */
const METHODS: Readonly<Record<string, { readonly rounds: number; readonly deadlineSeconds: number; readonly method: Tree }>> = {
  cooper: { rounds: 200, deadlineSeconds: 1.5, method: { kind: 'cooper' } },
  'cooper-small': {
    rounds: 200,
    deadlineSeconds: 0.6,
    method: { kind: 'cooper', randomDirections: 4, batchSize: 4, cloudBatchSize: 24 },
  },
  'cooper-unguided': {
    rounds: 60,
    deadlineSeconds: 0.3,
    method: { kind: 'cooper', guidance: 'never', randomDirections: 4, batchSize: 4, cloudBatchSize: 16 },
  },
  fedkseed: { rounds: 60, deadlineSeconds: 0.15, method: { kind: 'fedkseed', localSteps: 2, batchSize: 4 } },
  fedavg: { rounds: 60, deadlineSeconds: 0.6, method: { kind: 'fedavg', localSteps: 1, batchSize: 4 } },
  decomfl: { rounds: 60, deadlineSeconds: 0.3, method: { kind: 'decomfl', randomDirections: 3, batchSize: 4 } },
  fedmezo: { rounds: 60, deadlineSeconds: 0.3, method: { kind: 'fedmezo', randomDirections: 3, batchSize: 4 } },
}

const AVAILABILITY = 'availability.csv'
const absences = { availability: { kind: 'trace', path: AVAILABILITY } }
const WAYS: Readonly<Record<string, { readonly federation: Tree; readonly reason: string }>> = {
  tenth: { federation: { clientsPerRound: 0.1 }, reason: 'not in the round' },
  quarter: { federation: { clientsPerRound: 0.25 }, reason: 'not in the round' },
  half: { federation: { clientsPerRound: 0.5 }, reason: 'not in the round' },
  dropout: { federation: { dropout: 0.3 }, reason: 'dropped' },
  absent: { federation: absences, reason: 'unavailable' },
  late: { federation: { clientsPerRound: 0.5 }, reason: 'late' },
  buffered: { federation: { ...absences, dropout: 0.2, aggregation: { kind: 'buffered', bufferSize: 3 } }, reason: 'dropped' },
}

const { values } = parseArgs({
  options: {
    methods: { type: 'string', default: Object.keys(METHODS).join() },
    ways: { type: 'string', default: Object.keys(WAYS).join() },
    states: { type: 'string', default: '1,10,1000' },
    // In place of the method's own number.
    rounds: { type: 'string' },
    kills: { type: 'boolean', default: true },
  },
  allowNegative: true,
})

/** Phones that are away for longer than it takes until a state is saved, each in its own rhythm. */
function writeAvailability(path: string): void {
  const stream = new Stream(deriveKey(1, 'absences'))
  const between = (least: number, most: number): number => least + Math.round((most - least) * stream.uniform())
  const spans = IDS.flatMap((id) => {
    const own: string[] = []
    for (let from = between(0, 20); from < 5000;) {
      const to = from + between(5, 40)
      own.push(`${id},${from},${to}`)
      from = to + between(20, 150)
    }
    return [...own, `${id},5000,inf`]
  })
  writeFileSync(path, `phone,from,to\n${spans.join('\n')}\n`)
}

function eventsOf(path: string): LabEvent[] {
  const store = openStore(path)
  try {
    return store.sessions().flatMap(({ id }) => [...store.events(id)])
  } finally {
    store.close()
  }
}

/** How often a phone took no part in a round: it wasn't asked, or was and didn't count, by reason. */
function leftOut(events: readonly LabEvent[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const event of events) {
    const [why, count] =
      event.kind === 'round-started'
        ? ['not in the round', IDS.length - event.phones.length]
        : event.kind === 'phone-skipped'
          ? [event.reason, 1]
          : ['', 0]
    if (count > 0) times.set(why, (times.get(why) ?? 0) + count)
  }
  return times
}

const folder = mkdtempSync(join(tmpdir(), 'cooperlab-left-out-'))
const EVALUATED_EVERY = 10
let wrong = 0

async function compare(name: string, way: string): Promise<void> {
  const { rounds: own, deadlineSeconds, method } = METHODS[name]!
  const { federation, reason } = WAYS[way]!
  const rounds = Number(values.rounds ?? own)
  const scenario = join(folder, `${name}-${way}.json`)
  const deadline = way === 'late' ? { deadlineSeconds } : {}
  const content = {
    ...QUICKSTART,
    method,
    federation: { ...federation, ...deadline },
    evaluation: { every: EVALUATED_EVERY },
    stop: { rounds },
  }
  writeFileSync(scenario, JSON.stringify(content))
  // In the middle, at a round that is told.
  const afterRound = EVALUATED_EVERY * Math.max(1, Math.floor(rounds / EVALUATED_EVERY / 2))
  const sessions: (readonly [what: string, stateEvery: number, kill: Kill | null])[] = [
    ...values.states.split(',').map((every) => [`state every ${every}`, Number(every), null] as const),
    ...(values.kills
      ? ([
          ['host killed', 10, { victim: 'host', afterRound }],
          ['phone killed', 10, { victim: 'phone', afterRound, phone: 2 }],
        ] as const)
      : []),
  ]
  let first = ''
  for (const [what, stateEvery, kill] of sessions) {
    const place = join(folder, 'run')
    mkdirSync(place, { recursive: true })
    const store = join(place, 'store.db')
    let line: string
    try {
      const { summary, killed } = await killedSession(folder, scenario, store, kill, ['--state-every', String(stateEvery)])
      const events = eventsOf(store)
      const ends = events.filter((event) => event.kind === 'phone-ended' || event.kind === 'cloud-ended')
      // Whether a phone was killed while it lived is the only end that may be.
      const failures = ends.filter((end) => !(kill?.victim === 'phone' && end.kind === 'phone-ended' && end.reason === 'killed'))
      const out = leftOut(events)
      first ||= summary.digest
      const held = failures.length === 0 && summary.digest === first && out.has(reason) && killed === (kill !== null)
      if (!held) wrong++
      const accuracy = summary.finalAccuracy?.toFixed(3) ?? 'none'
      const times = [...out].map(([why, count]) => `${count} x ${why}`).join(', ')
      line = `${summary.rounds} rounds · ${times} · ${failures.length} failures · accuracy ${accuracy} · ${summary.digest} · ${held ? 'held' : 'WRONG'}`
    } catch (error) {
      wrong++
      line = `WRONG: ${(error as Error).message}`
    }
    console.log(`${name} · ${way} · ${what} · ${line}`)
    rmSync(place, { recursive: true, force: true })
  }
}

try {
  writeAvailability(join(folder, AVAILABILITY))
  for (const name of values.methods.split(',')) {
    for (const way of values.ways.split(',')) {
      // Whose directions are made again from seeds alone.
      if (way !== 'buffered' || name === 'fedmezo') await compare(name, way)
    }
  }
  console.log(wrong === 0 ? 'all held' : `${wrong} sessions are wrong`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
