/**
 * `node tests/fuzz/main.ts [--reader NAME] [--seconds N] [--inputs N] [--seed S] [--replay]`: gives every reader of what comes from outside valid
 * inputs with something changed, in a process of its own. Each must be read or refused in words, in time and with little memory. What isn't is kept
 * under tests/fuzz/seeds, where `--replay` reads it again. Exit code 1 if anything was wrong.
 */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Told } from './child.ts'
import { READERS } from './readers/index.ts'

const { values } = parseArgs({
  options: {
    reader: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    inputs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    replay: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds ?? (values.inputs === undefined ? 30 : 1e6))
const inputs = values.inputs === undefined ? 'Infinity' : values.inputs

/** One input may take so long, on a machine that does other things too. */
const PATIENCE_SECONDS = 30
const MOST_BYTES = 2 * 2 ** 30
const LOOK_MILLISECONDS = 500

interface Result {
  readonly inputs: number
  readonly kinds: number
  readonly wrong: readonly string[]
}

const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cooperlab-fuzz-'))

/** Once more from another seed if what it read ended the process. */
async function fuzzed(name: string): Promise<Result> {
  const results: Result[] = []
  const until = performance.now() + seconds * 1000
  for (let attempt = 0; attempt < 20; attempt++) {
    const left = Math.max(1, (until - performance.now()) / 1000)
    const { result, ended } = await oneProcess(name, Number(values.seed) + attempt * 1e6, left)
    results.push(result)
    if (!ended || performance.now() > until) break
  }
  return {
    inputs: results.reduce((sum, result) => sum + result.inputs, 0),
    kinds: Math.max(...results.map(({ kinds }) => kinds)),
    wrong: results.flatMap(({ wrong }) => wrong),
  }
}

function oneProcess(name: string, seed: number, left: number): Promise<{ result: Result; ended: boolean }> {
  const directory = join(root, `${name}-${seed}`)
  mkdirSync(directory)
  const words = [name, String(seed), values.replay ? 'replay' : inputs, String(left), directory]
  const child = fork(join(import.meta.dirname, 'child.ts'), words, {
    execArgv: ['--max-old-space-size=1024'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let [count, kinds, over] = [0, 0, false]
  let began = performance.now()
  let why: string | null = null
  let stderr = ''
  const wrong: string[] = []
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2000)))
  child.on('message', (told: Told) => {
    began = performance.now()
    if ('began' in told) count = told.began
    else if ('over' in told) [count, kinds, over] = [told.over, told.kinds, true]
    else {
      wrong.push(told.wrong)
      keep(name, Buffer.from(told.input, 'base64'))
    }
  })
  const watch = setInterval(() => {
    if (performance.now() - began > PATIENCE_SECONDS * 1000) why = `no answer for ${PATIENCE_SECONDS} s`
    else if (residentBytes(child.pid!) > MOST_BYTES) why = 'more than 2 GiB of memory'
    if (why !== null) child.kill('SIGKILL')
  }, LOOK_MILLISECONDS)
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearInterval(watch)
      if (!over) {
        if (!existsSync(join(directory, 'input'))) throw new Error(`the reader "${name}" did not begin: ${stderr.trim()}`)
        const input = readFileSync(join(directory, 'input'))
        wrong.push(`${why ?? `ended by ${signal ?? `code ${code}`}`} on ${hashOf(input)}: ${stderr.trim()}`)
        keep(name, input)
      }
      rmSync(directory, { recursive: true, force: true })
      resolve({ result: { inputs: count, kinds, wrong }, ended: !over })
    })
  })
}

function residentBytes(pid: number): number {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function hashOf(input: Uint8Array): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 12)
}

/** Large ones are kept by what made them: reader and seed. */
function keep(name: string, input: Uint8Array): void {
  if (input.length > 2 ** 17) return
  const folder = join(import.meta.dirname, 'seeds', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, hashOf(input)), input)
}

let failed = false
let total = 0
try {
  for (const name of values.reader ?? Object.keys(READERS)) {
    if (values.replay && !existsSync(join(import.meta.dirname, 'seeds', name))) continue
    if (!Object.hasOwn(READERS, name)) throw new Error(`no reader "${name}"; there are ${Object.keys(READERS).join(', ')}`)
    const result = await fuzzed(name)
    total += result.inputs
    console.log(`${name}: ${result.inputs} inputs, ${result.kinds} kinds of answers, ${result.wrong.length} wrong`)
    for (const words of result.wrong) console.log(`  ${words.replaceAll('\n', '\n  ')}`)
    if (result.wrong.length > 0) failed = true
  }
  console.log(`${total} inputs in all (seed ${values.seed})`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
