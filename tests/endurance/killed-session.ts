/** A session of the real command line that is killed while it runs, and gone on with until it ends. Linux. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { RunSummary } from '../../src-shared/events/summary.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const MAIN = join(ROOT, 'src-main', 'shells', 'cli', 'main.ts')

export type Victim = 'host' | 'cloud' | 'phone'

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
    stop: { rounds: 24 },
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
  /** It was killed before it had ended. */
  readonly killed: boolean
}

/** @param kill when to kill what, counted from the first line of progress @returns how it ended, gone on with if need be */
export async function killedSession(
  directory: string,
  scenario: string,
  store: string,
  kill: { readonly victim: Victim; readonly afterMilliseconds: number } | null,
): Promise<Outcome> {
  const run = command(directory, ['run', scenario, '--store', store, '--json'])
  const killing = kill ? killLater(run, kill) : Promise.resolve(false)
  let outcome = await run.over
  let starts = 1
  for (; outcome.code !== 0 && starts < 4; starts++) {
    const id = onlySession(store)
    outcome = await (
      id === null
        ? command(directory, ['run', scenario, '--store', store, '--json'])
        : command(directory, ['resume', id, '--store', store, '--json'])
    ).over
  }
  if (outcome.code !== 0) throw new Error(`it did not end: ${outcome.stderr.slice(-500)}`)
  const database = new Database(store, { readonly: true })
  const integrity = database.pragma('integrity_check', { simple: true }) as string
  database.close()
  const summary = JSON.parse(outcome.stdout.trimEnd().split('\n').at(-1)!) as RunSummary
  return { summary, integrity, starts, killed: await killing }
}

interface Command {
  readonly child: ChildProcess
  readonly begun: Promise<unknown>
  readonly over: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

function command(directory: string, words: readonly string[]): Command {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: directory, env: { ...process.env, INIT_CWD: directory } })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  const begun = new Promise<void>((resolve) =>
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
      if (output.stderr.includes('round 0/')) resolve()
    }),
  )
  const over = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
  return { child, begun: Promise.race([begun, over]), over }
}

async function killLater(
  { child, begun }: Command,
  { victim, afterMilliseconds }: { victim: Victim; afterMilliseconds: number },
): Promise<boolean> {
  await begun
  await new Promise((resolve) => setTimeout(resolve, afterMilliseconds))
  const pids = victim === 'host' ? [child.pid!] : workersOf(child.pid!, victim === 'cloud' ? 'cloud' : 'device')
  // Which phone follows from the moment.
  const pid = pids[Math.floor(afterMilliseconds) % Math.max(1, pids.length)]
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return false
  return process.kill(pid, 'SIGKILL')
}

function workersOf(host: number, entry: 'cloud' | 'device'): number[] {
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
  const database = new Database(store)
  try {
    return (database.prepare('SELECT id FROM sessions').get() as { id: string } | undefined)?.id ?? null
  } finally {
    database.close()
  }
}
