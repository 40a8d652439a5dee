/**
 * Whether cooper, in all its forms, ever ends far above where it began: random configurations of few phones, small batches, every adapter and
 * every state of the public data, on a built-in task; of several phones sometimes only one is asked per round.
 *
 *     node tests/endurance/divergence.ts [N] [--seed S] [--seeds A,B,…] [--rounds R] [--jobs J]
 *
 * A run holds if its last test loss is at most 1.05 times its first, or the method itself stopped it. Prints a line per run and, last, how
 * many held; exits with 1 unless all did.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { runInProcess } from './in-process.ts'

process.env['ORT_DISABLE_TELEMETRY'] = '1'

const ALLOWED = 1.05

const FORMS = [
  { directions: 'class' },
  { directions: 'class-layer' },
  { directions: 'class', mixing: 'hybrid' },
  { directions: 'class-layer', mixing: 'hybrid' },
  { directions: 'class', guidance: 'always' },
  { directions: 'class-layer', guidance: 'always' },
  { directions: 'class', guidance: 'never' },
]
const ADAPTERS = [
  { kind: 'lora', rank: 8 },
  { kind: 'lora', rank: 4, targets: ['query', 'key', 'value', 'output'] },
  { kind: 'bitfit' },
  { kind: 'bottleneck', size: 8 },
]
const PUBLIC = [{}, { condition: 'label' }, { condition: 'random' }, { condition: 'flipped' }, { noise: 0.4 }]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '1' },
  },
})

function configuration(seed: number) {
  const stream = new Stream(deriveKey(seed, 'divergence'))
  const of = <T>(list: readonly T[]): T => list[stream.below(list.length)]!
  const phones = of([1, 1, 2, 3, 5, 8])
  const few = phones > 1 && stream.below(4) === 0
  return {
    seed,
    task: of(['topic', 'stance']),
    method: { kind: 'cooper', ...of(FORMS), batchSize: of([4, 6, 8, 16]), probe: of(['two-point', 'two-point', 'jvp']) },
    adapter: of(ADAPTERS),
    public: of(PUBLIC),
    partition: of([{ kind: 'iid' }, { kind: 'dirichlet', alpha: 0.5 }, { kind: 'dirichlet', alpha: 0.1 }]),
    phones,
    federation: few ? { clientsPerRound: 1 } : undefined,
  }
}

async function run(seed: number): Promise<boolean> {
  const { task, method, adapter, public: shared, partition, phones, federation } = configuration(seed)
  const scenario = parseScenario(
    {
      name: 'divergence',
      seed,
      model: { checkpoint: 'builtin:encoder', maxLength: 24, adapter },
      data: {
        train: { path: `builtin:${task}/train?rows=1200` },
        test: { path: `builtin:${task}/test?rows=200` },
        public: { share: 0.1, ...shared },
        partition,
      },
      method,
      fleet: [{ profile: 'pixel-4', count: phones }],
      ...(federation ? { federation } : {}),
      compression: { controller: 'fixed', bits: 4 },
      stop: { rounds: Number(values.rounds) },
    },
    'divergence',
  )
  const losses: number[] = []
  const taken: number[] = []
  let stopped = ''
  try {
    await runInProcess(scenario, (event) => {
      if (event.kind === 'evaluated') losses.push(event.loss)
      if (event.kind === 'update-applied' && event.trust?.takenBack) taken.push(event.round)
    })
  } catch (error) {
    stopped = error instanceof Error ? error.message : String(error)
  }
  const ratio = losses.at(-1)! / losses[0]!
  const held = stopped === '' ? ratio <= ALLOWED : stopped.includes('diverge')
  const about = `${task} ${method.directions}${method.mixing ? ` ${method.mixing}` : ''}${method.guidance ? ` ${method.guidance}` : ''} ${method.probe}`
  const data = `${JSON.stringify(shared)} ${partition.kind}${partition.alpha ?? ''} ${phones} phones${federation ? ', 1 asked' : ''} x ${method.batchSize}`
  const curve = losses.map((loss) => (loss < 1000 ? loss.toFixed(2) : loss.toExponential(1))).join(' ')
  console.log(
    `${held ? 'held' : 'FAILED'} seed ${seed} ${ratio.toFixed(3)} ${about} ${adapter.kind} ${data} · ${curve} · back in ${taken.join()} ${stopped}`,
  )
  return held
}

/** Runs a part of the seeds in a process of its own. @returns how many failed */
async function inProcess(seeds: readonly number[]): Promise<number> {
  const child = fork(import.meta.filename, ['--seeds', seeds.join(), '--rounds', values.rounds])
  let failed: number | null = null
  child.on('message', (told) => (failed = Number(told)))
  await once(child, 'exit')
  return failed ?? seeds.length
}

const jobs = Number(values.jobs)
const seeds =
  values.seeds?.split(',').map(Number) ?? Array.from({ length: Number(positionals[0] ?? 20) }, (_, i) => Number(values.seed) + i)
let failed = 0
if (jobs > 1) {
  const parts = Array.from({ length: jobs }, (_, job) => seeds.filter((__, i) => i % jobs === job)).filter((part) => part.length > 0)
  for (const part of await Promise.all(parts.map(inProcess))) failed += part
} else {
  for (const seed of seeds) if (!(await run(seed))) failed++
}
if (process.send) process.send(failed, () => process.disconnect())
else console.log(`${seeds.length - failed} of ${seeds.length} held`)
process.exitCode = failed === 0 ? 0 : 1
