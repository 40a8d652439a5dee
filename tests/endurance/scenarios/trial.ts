/** One generated scenario run by the real command line, and what must hold of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import fc from 'fast-check'
import { openStore } from '#main/store/open-store.ts'
import { exportSession, importSession } from '#main/store/share.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { type RunSummary, summarise } from '#shared/events/summary.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'
import { POLICY_NAMES } from '#shared/scenario/schedule-schema.ts'
import { wrongSums } from './event-sums.ts'
import { wrongPrivacy } from './privacy-oracle.ts'
import { scenarios } from './scenario-arbitrary.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const MAIN = join(ROOT, 'src-main', 'shells', 'cli', 'main.ts')
const HOST = join(import.meta.dirname, 'host.ts')
const COMPILED = join(ROOT, 'node_modules/.cache/cooperlab/compile')
/** Far longer than a worker that hangs is waited for, on a machine that is busy with other things. */
const LONGEST_SECONDS = 900

/** What costs another run, so a trial looks at one of them. */
export const CHECKS = ['policy', 'verify', 'kill', 'states', 'workers', 'tuned', 'slow', 'slots'] as const

export interface Trial {
  readonly scenario: ScenarioInput
  readonly check: (typeof CHECKS)[number]
  /** Where in the session, in thousandths of its events, its host is killed; which of several other runs it is compared with. */
  readonly at: number
}

export const trials: fc.Arbitrary<Trial> = fc.record({
  scenario: scenarios(),
  check: fc.constantFrom(...CHECKS),
  at: fc.integer({ min: 0, max: 999 }),
})

/** What a run must not do. */
export class Fault extends Error {
  /** The same for faults that differ only in numbers and names. */
  readonly kind: string

  constructor(property: string, words: string) {
    super(`${property}: ${words}`)
    this.kind = `${property}: ${words
      .split('\n')[0]!
      .replaceAll(/[0-9a-f]{8,}(-[0-9a-f]+)*|-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'N')
      .slice(0, 160)}`
  }
}

/** `held`, or `ended` by a rule of the lab in one line, kept up to there and the same when it is run again. */
export interface Outcome {
  readonly how: 'held' | 'ended'
  readonly words: string
}

/** How a command ended that gave no summary. */
interface Stopped {
  readonly words: string
}

/** Ends that a scenario may bring about in one line. */
const RIGHTFUL_ENDS = [
  /no phone answered/,
  /no phone is ever available again/,
  /fewer than two phones answered/,
  /the run diverged/,
  /loss (that|is) .*no number/,
]

/** @param directory with the files that scenarios name @throws Fault */
export async function run(trial: Trial, directory: string, name: string): Promise<Outcome> {
  const place = join(directory, name)
  mkdirSync(place, { recursive: true })
  const scenario = join(directory, `${name}.json`)
  writeFileSync(scenario, JSON.stringify(trial.scenario, null, 2))
  try {
    return await tried(trial, scenario, place)
  } finally {
    rmSync(place, { recursive: true, force: true })
    rmSync(scenario, { force: true })
  }
}

async function tried({ scenario, check, at }: Trial, path: string, place: string): Promise<Outcome> {
  const store = join(place, 'base.db')
  const base = await ran('run', ['run', path, '--store', store, '--json'])
  if ('words' in base) return { how: 'ended', words: await kept(store, base.words) }
  const events = eventsOf(store, base.summary.session)
  const failed = events.find(({ kind }) => kind === 'phone-ended' || kind === 'cloud-ended')
  if (failed && 'words' in failed) throw new Fault('nobody fails', `${failed.kind} ${failed.words}`)
  holds('sums', wrongSums(events, base.summary))
  holds('privacy', wrongPrivacy(events))
  exported(store, base.summary.session, place)

  if (check === 'policy' && learnsTheSame(events)) await otherPolicy(scenario, at, path, place, events)
  else if (check === 'kill') await killed(at, path, place, events, base.summary)
  else if (check === 'states') await otherStates(at, path, place, base.summary)
  else if (check === 'slots') await otherSlots(at, path, place, base.summary)
  else if (check === 'workers' || check === 'slow') await disturbed(check, at, path, place, events, base.summary)
  else if (check === 'tuned' && base.summary.rounds > 0) await tuned(at, path, place, base.summary)
  else await verified(store, base.summary.session)
  return { how: 'held', words: check }
}

function holds(property: string, wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Fault(property, wrong.join('; '))
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

async function command(program: string, words: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...words], { cwd, env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, INIT_CWD: cwd } })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const waiting = new AbortController()
  const closed = once(child, 'close') as Promise<[number | null, string | null]>
  const late = after(1000 * LONGEST_SECONDS, null, { signal: waiting.signal }).catch(() => null)
  const first = await Promise.race([closed, late])
  if (first === null) {
    child.kill('SIGKILL')
    throw new Fault('it ends', `${words[0]} was not over after ${LONGEST_SECONDS} s`)
  }
  waiting.abort()
  return { code: first[0], signal: first[1], ...output }
}

/** @throws Fault unless it ends with a summary or says in one line why it doesn't */
async function ran(property: string, words: readonly string[]): Promise<{ readonly summary: RunSummary } | Stopped> {
  const { code, signal, stdout, stderr } = await command(MAIN, words, ROOT)
  const lines = stderr.trimEnd().split('\n')
  const last = lines.at(-1)!
  if (/^\s+at .*\(?.*:\d+:\d+\)?$/m.test(stderr))
    throw new Fault(property, `a stack: ${lines.find((line) => /Error|:/.test(line) && !line.includes('round ')) ?? last}`)
  if (code === 1 && RIGHTFUL_ENDS.some((end) => end.test(last))) return { words: last }
  if (code !== 0) throw new Fault(property, `exit ${code ?? signal}: ${last}`)
  return { summary: JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RunSummary }
}

function eventsOf(path: string, session: string): LabEvent[] {
  const store = openStore(path)
  try {
    return [...store.events(session)]
  } finally {
    store.close()
  }
}

function exported(path: string, session: string, place: string): void {
  const [from, to] = [openStore(path), openStore(join(place, 'imported.db'))]
  try {
    const first = exportSession(from, session)
    const again = exportSession(to, importSession(to, first, 'exported'))
    if (!Buffer.from(first).equals(again)) throw new Fault('export', 'exported, imported and exported again differ')
  } finally {
    from.close()
    to.close()
  }
}

/** What ended by itself is in the store up to its end, and ends there again. @returns the words */
async function kept(store: string, words: string): Promise<string> {
  const session = onlySession(store)
  const [started] = session === null ? [] : eventsOf(store, session)
  if (session === null || started?.kind !== 'session-started') throw new Fault('kept', `nothing is kept of what ended with: ${words}`)
  if (takesNewtonSteps(started.scenario) && /diverged|no number/.test(words)) throw new Fault('trust region', words)
  const shown = await command(MAIN, ['replay', session, '--store', store], ROOT)
  if (shown.code !== 0) throw new Fault('kept', `replay: exit ${shown.code ?? shown.signal}: ${shown.stderr.trimEnd().split('\n').at(-1)}`)
  await verified(store, session)
  return words
}

async function verified(store: string, session: string): Promise<void> {
  const { code, stdout, stderr } = await command(MAIN, ['replay', session, '--verify', '--store', store, '--json'], ROOT)
  if (code === 0) return
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  const difference = last.startsWith('{')
    ? (JSON.parse(last) as { difference: { kind: string; recorded: string; again: string } }).difference
    : null
  const words = difference ? `${difference.kind} ${difference.recorded} again ${difference.again}` : stderr.trimEnd().split('\n').at(-1)!
  throw new Fault('verify', words)
}

/** What is learnt depends on nothing that takes time. */
function learnsTheSame([started]: readonly LabEvent[]): boolean {
  if (started?.kind !== 'session-started') return false
  const { federation, compression, stop } = started.scenario
  const timed = [federation?.availability, federation?.deadlineSeconds, stop.virtualSeconds].some((value) => value !== undefined)
  const byLinks = compression.controller === 'adaptive' || compression.controller === 'budget'
  return !timed && !byLinks && federation?.aggregation.kind !== 'buffered'
}

async function otherPolicy(scenario: ScenarioInput, at: number, path: string, place: string, events: readonly LabEvent[]): Promise<void> {
  const own = POLICY_NAMES.indexOf(scenario.schedule?.policy ?? 'sequential')
  const policy = POLICY_NAMES[(own + 1 + (at % 2)) % POLICY_NAMES.length]!
  const store = join(place, 'policy.db')
  const other = await ran('policy', ['run', path, '--set', `schedule.policy=${policy}`, '--store', store, '--json'])
  if ('words' in other) throw new Fault('policy', `${policy}: ${other.words}`)
  const learnt = (of: readonly LabEvent[]): string =>
    of.flatMap((event) => (event.kind === 'update-applied' ? event.digest : event.kind === 'evaluated' ? String(event.loss) : [])).join()
  if (learnt(eventsOf(store, other.summary.session)) !== learnt(events)) throw new Fault('policy', `${policy} learns something else`)
}

/** Saved states are nothing that a session depends on; the base has one after ten rounds. */
async function otherStates(at: number, path: string, place: string, base: RunSummary): Promise<void> {
  const every = at % 2 === 0 ? 1 : 1000
  const other = await ran('states', ['run', path, '--state-every', String(every), '--store', join(place, 'states.db'), '--json'])
  if ('words' in other) throw new Fault('states', `with a state every ${every} rounds: ${other.words}`)
  same('states', `with a state every ${every} rounds`, other.summary, base)
}

/** Phones that take turns in fewer processes, or in more, learn the same. */
async function otherSlots(at: number, path: string, place: string, base: RunSummary): Promise<void> {
  const slots = 1 + (at % Math.max(1, base.devices.length))
  const other = await ran('slots', ['run', path, '--set', `slots=${slots}`, '--store', join(place, 'slots.db'), '--json'])
  if ('words' in other) throw new Fault('slots', `in ${slots} processes: ${other.words}`)
  same('slots', `in ${slots} processes`, other.summary, base)
}

/** @throws Fault unless both learnt the same at the same cost */
function same(property: string, when: string, one: RunSummary, other: RunSummary): void {
  const spent = ({ devices }: RunSummary): string =>
    JSON.stringify(devices.map(({ forwardPasses, bytesUp, bytesDown }) => [forwardPasses, bytesUp, bytesDown]))
  if (one.digest !== other.digest) throw new Fault(property, `another digest ${when}`)
  if (JSON.stringify(one.history) !== JSON.stringify(other.history) || spent(one) !== spent(other))
    throw new Fault(property, `other passes, bytes or times ${when}`)
}

/** Workers that somebody outside kills are replaced, and slow ones are waited for: both change nothing that is learnt or charged. */
async function disturbed(
  how: 'workers' | 'slow',
  at: number,
  path: string,
  place: string,
  events: readonly LabEvent[],
  base: RunSummary,
): Promise<void> {
  const store = join(place, 'disturbed.db')
  const last = Math.floor((at / 1000) * events.length)
  const { code, signal, stderr } = await command(HOST, [path, store, how, String(last)], ROOT)
  if (code !== 0) throw new Fault(how, `exit ${code ?? signal}: ${stderr.slice(-300)}`)
  const session = onlySession(store)!
  same(how, `${how === 'slow' ? 'with stops' : 'with a kill'} from event ${last} on`, summaryOf(eventsOf(store, session)), base)
}

/** Numbers that a user changes while it runs are part of the session, and come out the same again. */
async function tuned(at: number, path: string, place: string, { rounds }: RunSummary): Promise<void> {
  const store = join(place, 'tuned.db')
  const { code, signal, stderr } = await command(HOST, [path, store, 'tune', String(1 + (at % Math.max(1, rounds)))], ROOT)
  if (code !== 0) throw new Fault('tuned', `exit ${code ?? signal}: ${stderr.slice(-300)}`)
  const session = onlySession(store)!
  const events = eventsOf(store, session)
  if (!events.some(({ kind }) => kind === 'phone-tuned')) throw new Fault('tuned', 'nothing was changed')
  holds('sums of a tuned session', wrongSums(events, summaryOf(events)))
  await verified(store, session)
}

function summaryOf(events: readonly LabEvent[]): RunSummary {
  const projection = new Projection()
  for (const event of events) projection.add(event)
  return summarise(projection.view)
}

async function killed(at: number, path: string, place: string, events: readonly LabEvent[], base: RunSummary): Promise<void> {
  const store = join(place, 'killed.db')
  const last = Math.floor((at / 1000) * events.length)
  const { signal, stderr } = await command(HOST, [path, store, 'die', String(last)], ROOT)
  if (signal !== 'SIGKILL') throw new Fault('kill', `the host ended by itself before event ${last}: ${stderr.slice(-300)}`)
  const session = onlySession(store)
  const when = `after event ${last} of ${events.length}, ${events[last]?.kind}`
  // Every other session loses a worker once more while it goes on.
  if (session !== null && at % 2 === 1) {
    const soon = 1 + (at % Math.max(1, events.length - last))
    const again = await command(HOST, [path, store, 'resume', String(soon)], ROOT)
    if (again.code !== 0) throw new Fault('kill', `${when}, going on: exit ${again.code ?? again.signal}: ${again.stderr.slice(-300)}`)
    const told = eventsOf(store, session)
    same('kill', `${when}, and a worker at event ${soon} of what follows`, summaryOf(told), base)
    holds('sums after two kills', wrongSums(told, summaryOf(told)))
    return
  }
  const words = session === null ? ['run', path] : ['resume', session]
  const resumed = await ran('kill', [...words, '--store', store, '--json'])
  if ('words' in resumed) throw new Fault('kill', `killed at event ${last} and gone on with: ${resumed.words}`)
  same('kill', when, resumed.summary, base)
  holds('sums after a kill', wrongSums(eventsOf(store, resumed.summary.session), resumed.summary))
}

function onlySession(path: string): string | null {
  const store = openStore(path)
  try {
    return store.sessions()[0]?.id ?? null
  } finally {
    store.close()
  }
}
