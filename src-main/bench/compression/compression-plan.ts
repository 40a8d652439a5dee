/** The plan of the comparison of controllers: one task, controllers, traces, seeds. */
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { BIT_WIDTHS } from '#shared/scenario/compression-schema.ts'
import { type Scenario, parseScenario } from '#shared/scenario/scenario.ts'
import type { BenchRequest } from '../bench-definition.ts'
import { type NamedTrace, TRACES } from './traces.ts'

export interface ControllerEntry {
  readonly name: string
  /** The `compression` key of the scenario. */
  readonly compression: Record<string, unknown>
  /** True if the controller looks at the links, so that what is learnt depends on them. */
  readonly looksAtLinks: boolean
}

export const FIXED: readonly ControllerEntry[] = BIT_WIDTHS.map((bits) => ({
  name: `fixed ${bits}`,
  compression: { controller: 'fixed', bits },
  looksAtLinks: false,
}))

export const ADAPTIVE: ControllerEntry = { name: 'adaptive', compression: { controller: 'adaptive' }, looksAtLinks: true }

const RIVALS: readonly ControllerEntry[] = [
  { name: 'budget', compression: { controller: 'budget', budgetSeconds: 0.3 }, looksAtLinks: true },
  { name: 'norm', compression: { controller: 'norm', bits: 8, fewBits: 2 }, looksAtLinks: false },
  { name: 'off', compression: { controller: 'off' }, looksAtLinks: false },
]

interface CompressionPlan {
  readonly entries: readonly ControllerEntry[]
  readonly traces: readonly NamedTrace[]
  readonly seeds: readonly number[]
  readonly out: string
}

export const TARGET = 0.9
export const PHONES = 2
export const PROFILE = 'iphone-15-pro'
export const POLICY = 'layerwise'

/** @throws InputError for wrong options */
export function compressionPlan({ options, quick, cwd }: BenchRequest): CompressionPlan {
  const given = options['seeds'] as string | undefined
  const seeds = given === undefined ? (quick ? 1 : 3) : Number(given)
  if (!(Number.isInteger(seeds) && seeds > 0)) throw new InputError('--seeds', `"${given}"`, 'an integer of at least 1')
  const widths = quick ? FIXED.filter(({ name }) => ['fixed 1', 'fixed 4'].includes(name)) : FIXED
  return {
    entries: [...widths, ADAPTIVE, ...(quick ? [] : RIVALS)],
    traces: quick ? TRACES.filter(({ name }) => name === 'tunnels') : TRACES,
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    out: resolve(cwd, (options['out'] as string | undefined) ?? 'bench-compression'),
  }
}

/** Six topics on two fast phones, so that sending weighs as much as computing; small steps, so that the target takes some rounds. */
export function learningScenario({ compression }: ControllerEntry, seed: number, trace: string): Scenario {
  return parseScenario(
    {
      name: 'controllers compared',
      seed,
      model: { checkpoint: 'builtin:encoder', maxLength: 20 },
      data: {
        train: { path: 'builtin:topic/train?rows=2000' },
        test: { path: 'builtin:topic/test?rows=200' },
        public: { share: 0.1 },
        partition: { kind: 'dirichlet', alpha: 0.5 },
      },
      method: { kind: 'cooper', batchSize: 12, cloudBatchSize: 48, poolSize: 6, optimiser: 'adam', learningRate: 0.004 },
      fleet: [{ profile: PROFILE, count: PHONES, link: 'lte', trace }],
      schedule: { policy: POLICY },
      compression,
      stop: { rounds: 60, targetAccuracy: TARGET },
    },
    'bench compression',
  )
}
