/** A session of the real command line that is killed while it runs, and gone on with until it ends. Linux. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { RunSummary } from '../../src-shared/events/summary.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const MAIN = join(ROOT, 'src-main', 'shells', 'cli', 'main.ts')

export type Victim = 'host' | 'cloud' | 'phone'

export interface Kill {
  readonly victim: Victim
  /** When this round is told as done: the moment is the session's own, however fast the machine is; null: when the command has started. */
  readonly afterRound: number | null
  /** And so much later. @default 0 */
  readonly afterMilliseconds?: number
  /** Which of several phones. @default 0 */
  readonly phone?: number
}

export const ROUNDS = 24
const WORDS = ['bal', 'ball', 'mel', 'mela', 'nor', 'norin', 'tas', 'tasul', 'ril', 'rilo', 'vep', 'cafe', 'the', 'zu']

/** Writes a scenario of three phones over the recorded tiny model, whose rounds take a tenth of a second. @returns its path */
export function tinyScenario(directory: string, change: Record<string, unknown> = {}): string {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const words = Array.from({ length: 2 + (i % 5) }, (__, k) => WORDS[(i * 7 + k * 3 + (k === 0 ? i % 3 : 0)) % WORDS.length]!)
    return `${words.join(' ')},${['low', 'middle', 'high'][i % 3]}`
  })
  writeFileSync(join(directory, 'rows.csv'), ['text,label', ...rows].join('\n'))
  const scenario = {
    name: 'tiny',
    seed: 3,
    model: { checkpoint: join(ROOT, 'tests/oracles/bert-tiny'), maxLength: 12, adapter: { rank: 2 } },
    data: { train: { path: 'rows.csv' }, partition: { kind: 'iid' } },
    method: { kind: 'cooper', randomDirections: 2, batchSize: 4, cloudBatchSize: 6 },
    fleet: [
      { profile: 'pixel-4', count: 2 },
      { profile: 'android-go', link: 'slow-4g', id: 'last' },
    ],
    stop: { rounds: ROUNDS },
    ...change,
  }
  const path = join(directory, 'scenario.json')
  writeFileSync(path, JSON.stringify(scenario))
  return path
}

export interface Outcome {
  readonly summary: RunSummary
  /** Of the store, afterwards. */
  readonly integrity: string
  /** Commands that it took. */
  readonly starts: number
  /** What was to be killed died of it: it had not ended before. */
  readonly killed: boolean
}

/** @param words further options of `run` @returns how it ended, gone on with if the host was killed @throws Error if it needs more than that */
export async function killedSession(
  directory: string,
  scenario: string,
  store: string,
  kill: Kill | null,
  words: readonly string[] = [],
): Promise<Outcome> {
  const start = ['run', scenario, '--store', store, '--json', ...words]
  const run = command(directory, start)
  const hit = kill ? killLater(run, kill) : Promise.resolve(false)
  let outcome = await run.over
  const hostKilled = outcome.signal === 'SIGKILL'
  if (hostKilled) {
    const id = onlySession(store)
    outcome = await command(directory, id === null ? start : ['resume', id, '--store', store, '--json']).over
  }
  if (outcome.code !== 0) throw new Error(`it did not end (${outcome.code ?? outcome.signal}): ${outcome.stderr.slice(-500)}`)
  const database = new Database(store, { readonly: true })
  const integrity = database.pragma('integrity_check', { simple: true }) as string
  database.close()
  const summary = JSON.parse(outcome.stdout.trimEnd().split('\n').at(-1)!) as RunSummary
  return { summary, integrity, starts: hostKilled ? 2 : 1, killed: hostKilled || (kill?.victim !== 'host' && (await hit)) }
}

interface Command {
  readonly child: ChildProcess
  /** Until a round is told as done, or all is over. */
  told(round: number): Promise<void>
  readonly over: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string }>
}

/** Of the lab, in a process of its own. @param environment added to this process's own */
export function command(directory: string, words: readonly string[], environment: Record<string, string> = {}): Command {
  const env = { ...process.env, INIT_CWD: directory, ...environment }
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: directory, env })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const over = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, ...output }))
  const told = async (round: number): Promise<void> => {
    while (!output.stderr.includes(`round ${round}/`)) {
      if (await Promise.race([once(child.stderr, 'data').then(() => false), over.then(() => true)])) return
    }
  }
  return { child, told, over }
}

/** @returns whether there was something to be killed */
async function killLater({ child, told }: Command, { victim, afterRound, afterMilliseconds = 0, phone = 0 }: Kill): Promise<boolean> {
  if (afterRound !== null) await told(afterRound)
  if (afterMilliseconds > 0) await sleep(afterMilliseconds)
  const pids = victim === 'host' ? [child.pid!] : workersOf(child.pid!, victim === 'cloud' ? 'cloud' : 'device')
  const pid = pids[phone % Math.max(1, pids.length)]
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return false
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Processes of a host. */
export function workersOf(host: number, entry: 'cloud' | 'device'): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1])
      return parent === host && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`workers/${entry}.ts`) ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

/** null before one was kept. */
function onlySession(store: string): string | null {
  if (!existsSync(store)) return null
  const database = new Database(store)
  try {
    const made = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sessions'").get() !== undefined
    return made ? ((database.prepare('SELECT id FROM sessions').get() as { id: string } | undefined)?.id ?? null) : null
  } finally {
    database.close()
  }
}
