/**
 * `node tests/endurance/faults.ts [FAULTS] [--seed S]`: as many sessions of one short scenario over the real command line, each with one fault at a
 * random moment: a write of the host to the store's disk that fails (once, for a while or for good), a host that dies before or in the middle of a
 * write, or a SIGKILL of the cloud or a phone. Afterwards the disk is sound again. Exit code 1 unless after each fault everything was kept or the
 * user was told in one line, the store is sound, and the session goes on to the digest of the undisturbed one. Linux with a C compiler.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import type { RunSummary } from '../../src-shared/events/summary.ts'
import { Stream, deriveKey } from '../../src-shared/random/counter.ts'
import { FAULTS, FOR_GOOD, type Fault, buildFaultyDisk, faultyEnvironment } from '../faulty-disk/faulty-disk.ts'
import { command, killedSession, tinyScenario } from './killed-session.ts'

const { values, positionals } = parseArgs({ options: { seed: { type: 'string', default: '1' } }, allowPositionals: true })
const count = Number(positionals[0] ?? 200)
const ROUNDS = 3

const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cooperlab-faults-'))
const scenario = tinyScenario(directory, { stop: { rounds: ROUNDS }, fleet: [{ profile: 'pixel-4', count: 2 }] })
const disk = join(directory, 'disk')
const store = join(disk, 'lab.db')
const report = join(directory, 'report')
const stream = new Stream(deriveKey(Number(values.seed), 'faults'))
const built = buildFaultyDisk(directory)

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What became of a fault. */
type Fate = 'nothing came of it' | 'told, nothing kept' | 'told, went on' | 'died, nothing kept' | 'died, went on'

class Wrong extends Error {}
function hold(condition: boolean, words: string, { code, stderr }: Ended): void {
  if (!condition) throw new Wrong(`${words} (exit ${code}): ${stderr.slice(-400)}`)
}

function emptyDisk(): void {
  rmSync(disk, { recursive: true, force: true })
  mkdirSync(disk)
}

function lab(words: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return command(directory, [...words, '--store', store, '--json'], { TMPDIR: disk, ...environment }).over
}

function digestOf({ stdout }: Ended): string {
  return (JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RunSummary).digest ?? ''
}

/** Changes to the disk of a session that nothing disturbs, and its digest. */
async function undisturbed(library: string): Promise<{ changes: number; digest: string }> {
  emptyDisk()
  const ended = await lab(['run', scenario], faultyEnvironment(library, { under: `${disk}/`, fault: 'none', at: 0, report }))
  hold(ended.code === 0, 'it failed with nothing wrong', ended)
  return { changes: Number(readFileSync(report, 'utf8').split(' ')[0]), digest: digestOf(ended) }
}

async function afterDiskFault(library: string, fault: Fault, at: number, times: number, digest: string): Promise<Fate> {
  emptyDisk()
  const ended = await lab(['run', scenario], faultyEnvironment(library, { under: `${disk}/`, fault, at, times }))
  const died = ended.code === null
  hold(died === fault.endsWith('kill') || ended.code === 0, 'it died', ended)
  hold(!/^\s+at /m.test(ended.stderr), 'it told a stack', ended)
  if (ended.code !== 0 && !died) hold(/^error: [^\n]+$/.test(ended.stderr.trimEnd().split('\n').at(-1)!), 'it told no line', ended)
  const rows = await sessions(ended)
  if (existsSync(store)) {
    const database = new Database(store, { readonly: true })
    hold(database.pragma('integrity_check', { simple: true }) === 'ok', 'the store is damaged', ended)
    database.close()
  }
  if (ended.code === 0) {
    hold(digestOf(ended) === digest, 'it ended with another digest', ended)
    hold(rows[0]?.state === 'finished', `it ended, and the session is ${rows[0]?.state ?? 'not there'}`, ended)
  }
  if (rows.length === 0) return died ? 'died, nothing kept' : 'told, nothing kept'
  hold(ended.code === 0 || died || rows[0]!.state !== 'finished', 'it failed, and the session is finished', ended)
  // One that has finished is told again.
  const again = await lab(['resume', rows[0]!.id])
  hold(again.code === 0, 'it does not go on', again)
  hold(digestOf(again) === digest, 'it went on to another digest', again)
  return ended.code === 0 ? 'nothing came of it' : died ? 'died, went on' : 'told, went on'
}

async function sessions(after: Ended): Promise<readonly { readonly id: string; readonly state: string }[]> {
  if (!existsSync(store)) return []
  const listed = await lab(['sessions'])
  hold(listed.code === 0, `the store does not open: ${listed.stderr}`, after)
  return (JSON.parse(listed.stdout) as { sessions: { id: string; state: string }[] }).sessions
}

async function afterWorkerKill(victim: 'cloud' | 'phone', digest: string): Promise<Fate> {
  emptyDisk()
  const kill = { victim, afterRound: stream.below(ROUNDS), afterMilliseconds: stream.below(150), phone: stream.below(2) }
  const { summary, integrity } = await killedSession(directory, scenario, store, kill)
  const ended = { code: 0, stdout: '', stderr: '' }
  hold(summary.digest === digest, 'it ended with another digest', ended)
  hold(integrity === 'ok', 'the store is damaged', ended)
  return 'nothing came of it'
}

try {
  if ('missing' in built) throw new Error(`the disk can't be made to fail: ${built.missing}`)
  const { library } = built
  const { changes, digest } = await undisturbed(library)
  console.log(`undisturbed: ${digest}, ${changes} changes to the disk`)
  const kinds = FAULTS.slice(1)
  const fates: Partial<Record<Fate, number>> = {}
  let wrong = 0
  const started = performance.now()
  for (let i = 1; i <= count; i++) {
    const kind = ([...kinds, 'cloud', 'phone'] as const)[stream.below(kinds.length + 2)]!
    const at = 1 + stream.below(changes)
    const times = [1, 1 + stream.below(20), FOR_GOOD][stream.below(3)]!
    const words = kind === 'cloud' || kind === 'phone' ? `${kind} killed` : `${kind} at change ${at}${times > 1 ? `, ${times} times` : ''}`
    try {
      const fate = await (kind === 'cloud' || kind === 'phone'
        ? afterWorkerKill(kind, digest)
        : afterDiskFault(library, kind, at, times, digest))
      fates[fate] = (fates[fate] ?? 0) + 1
      console.log(`${i}/${count}: ${words} · ${fate}`)
    } catch (error) {
      wrong++
      console.log(`${i}/${count}: ${words} · WRONG: ${(error as Error).message}`)
    }
  }
  console.log(
    `${count - wrong} of ${count} faults kept or told, ${wrong} not (${JSON.stringify(fates)}, seed ${values.seed}, ${((performance.now() - started) / 1000).toFixed(0)} s)`,
  )
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
