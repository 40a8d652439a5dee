/**
 * `node tests/endurance/scenarios.ts N [--seed S] [--from K] [--jobs J] [--shrink RUNS] [--keep DIR] [--coverage]`: draws as many scenarios from the schema, runs each in real processes and
 * checks what must hold of it. One that fails is shrunk, and the smallest that fails in the same way is kept as a scenario file beside the files it
 * names. Ends with the kinds of faults. Exit code 1 if there was one. `--from` leaves out the first ones; `--coverage` runs nothing and tells how often
 * each key and each choice is drawn, the rarest first.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { coverage } from './scenarios/coverage.ts'
import { writeFiles } from './scenarios/files.ts'
import { Fault, type Outcome, type Trial, run, trials } from './scenarios/trial.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    // Runs that shrinking one failure may take.
    shrink: { type: 'string', default: '25' },
    keep: { type: 'string' },
    from: { type: 'string', default: '0' },
    coverage: { type: 'boolean', default: false },
  },
})
const [count = 100, seed = 1, jobs = 1, mostAttempts = 25] = [positionals[0] ?? '100', values.seed, values.jobs, values.shrink].map(Number)
const from = Number(values.from)

const drawn = (number: number): Trial => fc.sample(trials, { seed: seed * 100_003 + number, numRuns: 1 })[0]!
if (values.coverage) {
  const counted = Array.from({ length: count }, (_, number) => drawn(number))
  for (const [what, times] of coverage(counted, fc.sample(trials, { seed, numRuns: 10 * count }))) console.log(`${times} ${what}`)
  process.exit()
}

const directory = resolve(values.keep ?? join(import.meta.dirname, '..', '..', 'out', 'scenarios'))
mkdirSync(directory, { recursive: true })
writeFiles(directory)

interface Failure {
  readonly number: number
  readonly fault: Fault
  readonly file: string
}

const outcomes: Outcome[] = []
const failures: Failure[] = []
const started = performance.now()
let next = from
let done = 0

async function work(): Promise<void> {
  while (next < count) {
    const number = next++
    const trial = drawn(number)
    const begun = performance.now()
    const fault = await faultOf(trial, `${seed}-${number}`)
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    if (fault === null) tell(number, `${seconds} s · ${outcomes.at(-1)!.how} · ${outcomes.at(-1)!.words}`)
    else {
      tell(number, `${seconds} s · FAULT · ${fault.message.slice(0, 300)}`)
      // Of a kind that is known one example is enough.
      const known = failures.find((failure) => failure.fault.kind === fault.kind)
      const smallest = known ? trial : await shrunk(number, fault)
      failures.push({ number, fault, file: known ? known.file : keep(number, smallest, fault) })
    }
    done++
  }
}

async function faultOf(trial: Trial, name: string): Promise<Fault | null> {
  try {
    outcomes.push(await run(trial, directory, name))
    return null
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

/** The smallest trial found that fails in the same way. */
async function shrunk(number: number, { kind }: Fault): Promise<Trial> {
  let attempts = 0
  const property = fc.asyncProperty(trials, async (trial) => {
    if (attempts++ >= mostAttempts) return true
    try {
      await run(trial, directory, `${seed}-${number}-smaller`)
      return true
    } catch (error) {
      return !(error instanceof Fault && error.kind === kind)
    }
  })
  const { counterexample } = await fc.check(property, { seed: seed * 100_003 + number, numRuns: 1 })
  return counterexample?.[0] ?? drawn(number)
}

function keep(number: number, { scenario, check, at }: Trial, fault: Fault): string {
  const file = join(directory, `failed-${seed}-${number}.json`)
  writeFileSync(file, `${JSON.stringify(scenario, null, 2)}\n`)
  tell(number, `kept as ${file} (check ${check}, at ${at}): ${fault.kind}`)
  return file
}

function tell(number: number, words: string): void {
  console.log(`${done + 1}/${count - from} #${number}: ${words}`)
}

await Promise.all(Array.from({ length: jobs }, work))
const minutes = ((performance.now() - started) / 60_000).toFixed(1)
const ended = outcomes.filter((outcome) => outcome.how === 'ended')
console.log(
  `\n${outcomes.length} of ${count - from} held in ${minutes} min, ${ended.length} of them ended by a stop of their own, kept and the same again`,
)
for (const words of new Set(ended.map((outcome) => outcome.words))) console.log(`  ${words}`)
for (const kind of new Set(failures.map(({ fault }) => fault.kind))) {
  const same = failures.filter(({ fault }) => fault.kind === kind)
  console.log(`${same.length} times: ${kind}\n  ${same[0]!.file} (#${same.map(({ number }) => number).join(', #')})`)
}
process.exitCode = failures.length === 0 ? 0 : 1
