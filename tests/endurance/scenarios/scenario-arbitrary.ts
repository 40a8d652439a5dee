/**
 * Scenarios that the lab takes, drawn from the schema: what is drawn key by key is made to agree (data with model and task, phones with traces), and
 * whatever a rule over several keys forbids falls back to its default.
 */
import fc from 'fast-check'
import { type ScenarioInput, validateScenario } from '#shared/scenario/scenario.ts'
import { scenarioSchema } from '#shared/scenario/scenario-schema.ts'
import { DOMAINS } from './domains.ts'
import { MOST_PHONES, PERSONAL, PLACES, TABLES, TRACED_PHONE, type Table } from './files.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import type { Optimiser } from '#shared/scenario/optimiser.ts'
import { arbitraryOf } from './schema-arbitrary.ts'

type Tree = Record<string, unknown>

/** Combinations that single draws seldom meet, laid over what was drawn. */
const RARE: readonly Tree[] = [
  { model: { adapter: { kind: 'full' }, weights: 'fp32' }, method: { kind: 'fedmezo', optimiser: 'sgd', probe: 'two-point' } },
  { model: { adapter: { kind: 'full' }, weights: 'fp32' }, method: { kind: 'fedkseed', probe: 'two-point' } },
  { model: { adapter: { kind: 'full' }, weights: 'fp32' }, method: { kind: 'decomfl', probe: 'two-point' } },
  { method: { kind: 'fedmezo' }, federation: { aggregation: { kind: 'buffered', bufferSize: 2 } } },
  { method: { kind: 'fedmezo' }, federation: { aggregation: { kind: 'buffered' }, privacy: { model: 'local' } } },
  { method: { kind: 'decomfl' }, federation: { privacy: { model: 'central' }, secureAggregation: true } },
  { method: { kind: 'cooper', randomDirections: 0 }, federation: { secureAggregation: true } },
  { method: { kind: 'cooper', optimiser: 'sgd', randomDirections: 0 }, federation: { privacy: { model: 'central' } } },
  { method: { kind: 'cooper', guidance: 'always', directions: 'class-layer', mixing: 'hybrid' } },
  { method: { kind: 'cooper', guidance: 'never', randomDirections: 2, mixing: 'switch' } },
  { method: { kind: 'fedmezo' }, federation: { aggregation: { kind: 'buffered', maxStaleness: 1, weight: 'constant' }, dropout: 0.3 } },
  { method: { kind: 'fedmezo' }, federation: { aggregation: { kind: 'buffered', weight: 'polynomial' }, dropout: 0.3 } },
  { data: { public: { source: { ...TABLES[0]!.source }, condition: 'domain' } } },
  { federation: { clientsPerRound: 0.25 }, method: { kind: 'cooper' } },
  { federation: { deadlineSeconds: 2, elastic: true }, method: { kind: 'cooper' } },
  { federation: { deadlineSeconds: 1, elastic: true }, method: { kind: 'decomfl', localSteps: 1 } },
  { federation: { deadlineSeconds: 1, elastic: true }, method: { kind: 'fedmezo', randomDirections: 3 } },
  { data: { partition: { kind: 'files' } } },
  { task: { kind: 'language-model' } },
]
/** Of ten scenarios so many have one of them. */
const RARE_IN_TEN = 5

/** @throws Undrawable if the schema has a key that nothing tells how to draw */
export function scenarios(schema: unknown = scenarioSchema): fc.Arbitrary<ScenarioInput> {
  const overlay = fc.oneof(
    { withCrossShrink: true },
    { weight: 10 - RARE_IN_TEN, arbitrary: fc.constant({}) },
    { weight: RARE_IN_TEN, arbitrary: fc.constantFrom(...RARE) },
  )
  return fc.tuple(arbitraryOf(schema, DOMAINS), overlay).map(([drawn, over]) => allowed(agreeing(merged(drawn as Tree, over))))
}

/** A kind other than the one drawn takes the place of the whole object: its keys are not those of the other. */
function merged(below: Tree, above: Tree): Tree {
  // The keys of a table are those of its file.
  if (above['path'] !== undefined) return above
  if (above['kind'] !== undefined && below['kind'] !== undefined && above['kind'] !== below['kind']) {
    const shared = ['batchSize', 'cloudBatchSize', 'localSteps', 'randomDirections'].flatMap((key) =>
      below[key] === undefined ? [] : [[key, below[key]] as const],
    )
    return {
      ...SMALL[String(above['kind'])],
      ...Object.fromEntries(shared.filter(([key]) => Object.hasOwn(SMALL[String(above['kind'])] ?? {}, key))),
      ...above,
    }
  }
  const both = Object.entries(above).map(([key, value]) => {
    const own = below[key]
    return [key, isTree(value) && isTree(own) ? merged(own, value) : value] as const
  })
  return { ...below, ...Object.fromEntries(both) }
}

/** What keeps a method cheap whose own keys were not drawn. */
const SMALL: Readonly<Record<string, Tree>> = {
  cooper: { batchSize: 2, cloudBatchSize: 8, randomDirections: 2 },
  fedmezo: { batchSize: 2, randomDirections: 2 },
  fedkseed: { batchSize: 2, localSteps: 2, seeds: 16 },
  decomfl: { batchSize: 2, localSteps: 1, randomDirections: 2 },
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of every optimiser but newton. */
const USUAL_STEP = 0.01

/** Letters of a template that leaves rows of the least length room for a text. */
const LONGEST_TEMPLATE = 20

interface Drawn {
  model: { checkpoint: string; maxLength: number; adapter?: { kind?: string; targets?: string[]; from?: string } }
  data: {
    train: Tree
    test?: Tree
    trainRows?: number
    classes?: string[]
    public?: { source?: Tree; labels?: unknown; condition?: string; share?: number }
    partition?: { kind: string; labelsPerPhone?: number }
  }
  task?: Tree
  method?: { kind: string; optimiser?: Optimiser; learningRate?: number; serverLearningRate?: number }
  fleet: (Tree & { count?: number; id?: string; cell?: string; profile: string; link?: string })[]
  federation?: { availability?: { kind: string }; privacy?: unknown }
  profiles?: string
}

/** Everything that names something else names what is there. */
function agreeing(tree: Tree): Tree {
  const drawn = structuredClone(tree) as unknown as Drawn
  agreeOnModel(drawn)
  agreeOnSteps(drawn)
  agreeOnFleet(drawn)
  agreeOnData(drawn)
  return drawn as unknown as Tree
}

function agreeOnModel({ model, task }: Drawn): void {
  if (task?.['kind'] === 'language-model') model.checkpoint = PLACES.decoder
  if (String(task?.['template']).length > LONGEST_TEMPLATE) model.maxLength = 12
  // It has no head that fills in words.
  if (task?.['kind'] === 'label-words' && model.checkpoint === PLACES.encoder) model.checkpoint = 'builtin:encoder'
  const { adapter } = model
  if (adapter?.from !== undefined && model.checkpoint !== PLACES.encoder) delete adapter.from
  if (adapter?.targets && model.checkpoint !== PLACES.decoder) {
    adapter.targets = adapter.targets.filter((target) => target !== 'gate')
    if (adapter.targets.length === 0) delete adapter.targets
  }
}

/** Lengths of steps that lead somewhere: what diverges in a few rounds is ended by the lab, and little of the rest is seen. */
function agreeOnSteps({ model, method, federation, task }: Drawn): void {
  if (!method) return
  // A step along a random direction of so many weights is as much longer.
  if (model.adapter?.kind === 'full') {
    method.learningRate = (method.learningRate ?? USUAL_STEP) / 1000
    if (method.optimiser === 'adam') method.serverLearningRate = USUAL_STEP / 10
  }
  const kind = String(task?.['kind'] ?? 'classification')
  // What is drawn for cooper is a share of a Newton step.
  if (method.kind === 'cooper' && method.learningRate !== undefined && !takesNewtonSteps({ method, federation, task: { kind } }))
    method.learningRate /= 100
}

function agreeOnFleet(drawn: Drawn): void {
  const { fleet, federation } = drawn
  const phones = (): number => fleet.reduce((sum, { count = 1 }) => sum + count, 0)
  if (federation?.availability?.kind === 'trace') Object.assign(fleet[0]!, { id: TRACED_PHONE, count: 1 })
  for (const [i, group] of fleet.entries()) {
    if (fleet.slice(0, i).some(({ id }) => id !== undefined && id === group.id)) delete group.id
    // Phones of one cell share one link.
    const neighbour = fleet.slice(0, i).find(({ cell }) => cell !== undefined && cell === group.cell)
    if (neighbour) for (const key of ['link', 'trace', 'traceUp', 'traceEnd', 'overrides']) shareKey(group, neighbour, key)
    if (group['trace'] !== PLACES.downlink) delete group['traceUp']
    const ends = group['traceEnd'] === 'end'
    if (group['trace'] === undefined || (ends && (federation === undefined || group['trace'] !== PLACES.downlink))) delete group['traceEnd']
  }
  while (phones() > MOST_PHONES) fleet.findLast(({ count = 1 }) => count > 1)!.count = 1
  if (phones() < 2) fleet.push({ profile: 'pixel-4' })
  if (fleet.some(({ profile, link }) => profile.startsWith('own-') || link?.startsWith('own-'))) drawn.profiles = PLACES.profiles
}

function shareKey(group: Tree, neighbour: Tree, key: string): void {
  if (neighbour[key] === undefined) delete group[key]
  else group[key] = neighbour[key]
}

/** Tables with the labels of the training rows, which are those of the model where it has its own. */
function agreeOnData({ model, data, fleet, task }: Drawn): void {
  const phones = fleet.reduce((sum, { count = 1 }) => sum + count, 0)
  const has = (source: Tree | undefined): Table | undefined => TABLES.find((table) => table.source['path'] === source?.['path'])
  if (data.partition?.kind === 'files') Object.assign(data, { train: { ...PERSONAL.source } })
  const own = data.partition?.kind === 'files' ? PERSONAL : has(data.train)!
  const { family } = model.checkpoint === PLACES.encoder ? PERSONAL : own
  if (family !== own.family) data.train = { ...TABLES[0]!.source }
  if (data.partition?.kind === 'files') delete data.trainRows
  const table = has(data.train) ?? PERSONAL
  if (data.test) data.test = ofFamily(data.test, table.family)
  if (data.public?.source) data.public.source = ofFamily(data.public.source, table.family)
  if (data.public?.labels !== undefined && table.family !== 'levels') delete data.public.labels
  // A label shift takes rows of the first class and of others, which a few rows may lack.
  if (data.public?.condition === 'label' && task?.['kind'] === 'language-model') delete data.public.condition
  if (data.public?.condition === 'label') {
    data.public.share = 0.4
    delete data.public.labels
  }
  if (data.classes !== undefined && (table.family !== 'levels' || task?.['kind'] === 'language-model')) delete data.classes
  if (data.partition?.kind === 'label') {
    data.partition.labelsPerPhone = Math.max(data.partition.labelsPerPhone ?? 2, Math.ceil(table.labels / phones))
  }
  if (task?.['kind'] === 'language-model')
    for (const source of [data.train, data.test, data.public?.source]) if (source) source['label'] = null
}

function ofFamily(source: Tree, family: Table['family']): Tree {
  const known = TABLES.find((table) => table.source['path'] === source['path'])
  if (known?.family === family) return source
  const other = family === 'levels' ? TABLES[1]!.source : { path: `builtin:${family}/test?rows=40` }
  return { ...other }
}

/** Leaves out, one by one, what the schema's own rules object to. */
function allowed(tree: Tree): ScenarioInput {
  const scenario = structuredClone(tree)
  for (;;) {
    const [issue] = validateScenario(scenario)
    if (!issue) return scenario as unknown as ScenarioInput
    if (!leftOut(scenario, issue.keys)) throw new Error(`${issue.path}: ${issue.found}, expected ${issue.expected}`)
  }
}

/** Removes the key, or the nearest one around it that is there; a kind goes with the object it names. */
function leftOut(scenario: Tree, keys: readonly (string | number)[]): boolean {
  for (let length = keys.length; length > 0; length--) {
    const key = keys[length - 1]!
    const holder = keys.slice(0, length - 1).reduce<unknown>((at, each) => (at as Tree | undefined)?.[each as string], scenario)
    if (key === 'kind' || !isTree(holder) || holder[key] === undefined) continue
    delete holder[key]
    return true
  }
  return false
}
