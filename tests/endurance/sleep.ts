/**
 * A machine that sleeps in the middle of a round, as closing a laptop does: host and phones stop together for longer than a phone's silence is
 * borne, and go on together. No phone may be given up, and the result is the one of a machine that stayed awake. Linux.
 *
 *     node tests/endurance/sleep.ts [ROUNDS to fall asleep in, default 1 4 9] [--patience SECONDS, default 15]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({ options: { patience: { type: 'string', default: '15' } }, allowPositionals: true })
const patienceSeconds = Number(values.patience)
const rounds = positionals.length > 0 ? positionals.map(Number) : [1, 4, 9]

interface Outcome {
  readonly kinds: readonly string[]
  readonly digest: string
}

/** @param at rounds in which it falls asleep */
async function run(at: readonly number[]): Promise<Outcome> {
  const program = join(import.meta.dirname, 'sleeping-lab.ts')
  const words = ['--disable-warning=ExperimentalWarning', program, String(patienceSeconds)]
  const lab = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const waiting = [...at]
  let output = ''
  let round = 0
  let slept: Promise<void> = Promise.resolve()
  lab.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    round += text.split('round-started').length - 1
    if (waiting.length === 0 || round < waiting[0]!) return
    waiting.shift()
    slept = slept.then(() => fallAsleep(lab))
  })
  await once(lab, 'close')
  await slept
  const lines = output.trim().split('\n')
  return { kinds: lines.map((line) => line.split(' ')[0]!), digest: lines.at(-1)!.split(' ')[1] ?? '' }
}

async function fallAsleep(lab: ChildProcess): Promise<void> {
  const all = [lab.pid!, ...childrenOf(lab.pid!)]
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  await sleep(2000 * patienceSeconds)
  // The host first: for a moment it is alone awake.
  for (const pid of all) process.kill(pid, 'SIGCONT')
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return new RegExp(`^PPid:\\t${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'))
      } catch {
        return false
      }
    })
    .map(Number)
}

const awake = await run([])
const asleep = await run(rounds)
const lost = asleep.kinds.filter((kind) => kind === 'phone-ended' || kind === 'cloud-ended')
const same = awake.digest !== '' && asleep.digest === awake.digest
console.log(
  `${rounds.length} sleeps of ${2 * patienceSeconds} s at ${patienceSeconds} s of patience: ${lost.length} processes given up, digest ${same ? 'the same' : `${asleep.digest} in place of ${awake.digest}`}`,
)
process.exitCode = same && lost.length === 0 ? 0 : 1
