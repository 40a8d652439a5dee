/** The plan of a comparison from the options of the bench: scenarios, methods, states of the public data, seeds and budgets. */
import { isAbsolute, join, relative, resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { withHint } from '#shared/scenario/rules.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { loadScenario, type LoadedScenario } from '#main/reading/load-scenario.ts'
import type { BenchRequest } from '../bench-definition.ts'
import { type Condition, CONDITIONS, hasOtherDomain } from './conditions.ts'
import { METHOD_ENTRIES, type MethodEntry } from './method-entries.ts'

export interface MethodsPlan {
  readonly bases: readonly LoadedScenario[]
  readonly entries: readonly MethodEntry[]
  readonly conditions: readonly Condition[]
  /** Added to the seed of each scenario. */
  readonly seeds: number
  /** Forward passes per phone of a run, and of a trial of the search. */
  readonly passes: number
  readonly searchPasses: number
  /** Learning rates tried per method; 1: the usual one is taken, untried. */
  readonly trials: number
  /** Absolute path of the directory that keeps runs and reports. */
  readonly out: string
}

/** Seed of the search, above that of the scenario: none of those reported. */
export const SEARCH_SEED_OFFSET = 1000

const FULL = { seeds: 3, passes: 400, trials: 3, searchShare: 1 / 3 }
const QUICK = { seeds: 1, passes: 100, trials: 1, searchShare: 1 / 3 }
const QUICK_CONDITIONS = ['same', 'random']
const DEFAULT_OUT = 'bench-methods'

/** @throws InputError for an option or a scenario that is wrong */
export function methodsPlan({ resources, checkpoint, quick, options, cwd }: BenchRequest): MethodsPlan {
  const text = (key: string): string | undefined => options[key] as string | undefined
  const list = (key: string): readonly string[] => (options[key] as readonly string[] | undefined) ?? []
  const usual = quick ? QUICK : FULL
  const given = list('scenario')
  const files = given.length > 0 ? given : [join(resources.directory, 'scenarios', 'quickstart.json')]
  const data = text('data')
  if (data !== undefined && given.length === 0) throw new InputError('--data', 'no scenario', '--scenario FILE beside it')
  const bases = files.map((file): LoadedScenario => {
    const loaded = loadScenario(file, list('set'), cwd, resources.directory)
    const moved = data === undefined ? loaded.scenario : withDataIn(resolve(cwd, data), loaded)
    const scenario = checkpoint === null ? moved : { ...moved, model: { ...moved.model, checkpoint } }
    return { ...loaded, scenario }
  })
  const twice = bases.find(({ scenario }, i) => bases.findIndex((other) => other.scenario.name === scenario.name) !== i)
  if (twice) throw new InputError('--scenario', `two named ${JSON.stringify(twice.scenario.name)}`, 'scenarios with different names')
  const passes = whole('passes', text('passes'), usual.passes)
  const wanted = text('conditions') ?? (quick ? QUICK_CONDITIONS.join(',') : undefined)
  const conditions =
    wanted === undefined ? CONDITIONS.filter(({ extra }) => extra !== true) : named('conditions', wanted, CONDITIONS, ({ name }) => name)
  if (text('conditions') !== undefined && conditions.some(({ name }) => name === 'domain')) {
    const without = bases.find(({ scenario }) => !hasOtherDomain(scenario))
    if (without) {
      const expected = 'data.public.condition "domain" and data.public.source in it'
      throw new InputError('--conditions', `domain, and ${JSON.stringify(without.scenario.name)} names no other domain`, expected)
    }
  }
  return {
    bases,
    entries: text('methods') === undefined ? METHOD_ENTRIES : named('methods', text('methods')!, METHOD_ENTRIES, ({ name }) => name),
    conditions,
    seeds: whole('seeds', text('seeds'), usual.seeds),
    passes,
    searchPasses: Math.max(1, Math.round(passes * usual.searchShare)),
    trials: whole('trials', text('trials'), usual.trials),
    out: resolve(cwd, text('out') ?? DEFAULT_OUT),
  }
}

/** Returns the conditions that apply to one scenario. */
export function conditionsOf({ conditions }: MethodsPlan, scenario: Scenario): readonly Condition[] {
  return conditions.filter(({ name }) => name !== 'domain' || hasOtherDomain(scenario))
}

/** Paths that the file gave relative to itself, relative to `directory` instead. */
function withDataIn(directory: string, { scenario, directory: from }: LoadedScenario): Scenario {
  const moved = (path: string): string => {
    const inside = relative(from, path)
    return path.startsWith('builtin:') || inside.startsWith('..') || isAbsolute(inside) ? path : join(directory, inside)
  }
  const source = <T extends { readonly path: string }>(file: T): T => ({ ...file, path: moved(file.path) })
  const { model, data } = scenario
  return {
    ...scenario,
    model: { ...model, checkpoint: moved(model.checkpoint) },
    data: {
      ...data,
      train: source(data.train),
      ...(data.test && { test: source(data.test) }),
      public: { ...data.public, ...(data.public.source && { source: source(data.public.source) }) },
    },
  }
}

/** The items that a list such as `a,b` names, in their own order. */
function named<T>(option: string, words: string, items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  const names = items.map(nameOf)
  const chosen = words.split(',').map((word) => word.trim())
  for (const word of chosen) {
    if (!names.includes(word)) throw new InputError(`--${option}`, `"${word}"`, withHint(`some of ${names.join(', ')}`, word, names))
  }
  return items.filter((item) => chosen.includes(nameOf(item)))
}

function whole(option: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InputError(`--${option}`, `"${text}"`, 'a whole number of at least 1')
  }
  return value
}
