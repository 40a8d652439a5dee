import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { METHODS } from '#shared/scenario/methods/index.ts'
import { POLICY_NAMES } from '#shared/scenario/schedule-schema.ts'
import { parseScenario, type ScenarioInput, validateScenario } from '#shared/scenario/scenario.ts'
import { designExample, messageFrom, smallest } from './examples.ts'

describe('a valid scenario', () => {
  it('parses the example of the design document and keeps every value it gives', () => {
    const written = JSON.parse(designExample) as ScenarioInput
    const scenario = parseScenario(written, 'design.json')
    expect(scenario).toMatchObject({ ...written, fleet: [written.fleet[0], { ...written.fleet[1], memoryCap: 536_870_912 }] })
  })

  it('fills every default and leaves absent what has none', () => {
    expect(parseScenario(smallest, 'small.json')).toStrictEqual({
      name: 'untitled',
      seed: 1,
      model: {
        checkpoint: 'models/encoder',
        maxLength: 64,
        weights: 'fp32',
        head: 'stored',
        adapter: { kind: 'lora', rank: 8, alpha: 16, targets: ['query', 'value'] },
      },
      data: {
        train: { path: 'train.tsv' },
        testShare: 0.1,
        public: { share: 0.1, condition: 'same', noise: 0, groups: { by: 'cluster', count: 4 } },
        partition: { kind: 'dirichlet', alpha: 0.5 },
      },
      task: { kind: 'classification' },
      method: {
        kind: 'cooper',
        randomDirections: 10,
        batchSize: 16,
        cloudBatchSize: 128,
        probe: 'two-point',
        probeSize: 0.01,
        distribution: 'gaussian',
        guidance: 'earned',
        directions: 'class',
        mixing: 'switch',
        shrink: true,
        monitors: 2,
        adam: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
      },
      fleet: [{ profile: 'pixel-4', count: 1, link: 'lte' }],
      cloud: { profile: 'workstation' },
      schedule: { policy: 'sequential', stale: false },
      compression: { controller: 'fixed', bits: 4, fewBits: 2, budgetSeconds: 1, errorFeedback: true },
      evaluation: { every: 1 },
      stop: { rounds: 60, atTarget: true },
    })
  })

  const adapterOf = (adapter: object) => parseScenario({ ...smallest, model: { checkpoint: 'm', adapter } }, 's').model.adapter

  it('means LoRA where the adapter has no kind', () => {
    expect(adapterOf({ rank: 4 })).toEqual({ kind: 'lora', rank: 4, alpha: 8, targets: ['query', 'value'] })
    expect(adapterOf({ kind: 'bitfit' })).toEqual({ kind: 'bitfit' })
    expect(adapterOf({ kind: 'bottleneck' })).toEqual({ kind: 'bottleneck', size: 16 })
  })

  it('scales the adapter by twice its rank unless alpha is given', () => {
    expect(adapterOf({ rank: 4 })).toMatchObject({ alpha: 8 })
    expect(adapterOf({ rank: 4, alpha: 3 })).toMatchObject({ alpha: 3 })
  })

  it('gives each method its own defaults', () => {
    const methodOf = (kind: string) => parseScenario({ ...smallest, method: { kind } }, 's').method
    const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
    expect(methodOf('cloud-only')).toStrictEqual({
      kind: 'cloud-only',
      learningRate: 0.01,
      optimiser: 'adam',
      cloudBatchSize: 128,
      adam,
    })
    expect(methodOf('fedmezo')).toStrictEqual({
      kind: 'fedmezo',
      randomDirections: 10,
      learningRate: 0.01,
      optimiser: 'adam',
      batchSize: 16,
      probe: 'two-point',
      probeSize: 0.01,
      distribution: 'gaussian',
      adam,
    })
  })

  it('gives each partition its own defaults', () => {
    const partitionOf = (kind: string) =>
      parseScenario({ ...smallest, data: { train: { path: 't' }, partition: { kind } } }, 's').data.partition
    expect(partitionOf('iid')).toStrictEqual({ kind: 'iid' })
    expect(partitionOf('label')).toStrictEqual({ kind: 'label', labelsPerPhone: 2 })
    expect(partitionOf('quantity')).toStrictEqual({ kind: 'quantity', alpha: 0.5 })
  })

  it('parses to itself, so that a stored session can be read again', () => {
    for (const input of [smallest, JSON.parse(designExample)]) {
      const once = parseScenario(input, 's')
      expect(parseScenario(JSON.parse(JSON.stringify(once)), 's')).toStrictEqual(once)
    }
  })

  it('does not let one parse change the defaults of the next', () => {
    const first = parseScenario(smallest, 's')
    if (first.model.adapter.kind === 'lora') first.model.adapter.targets.push('key')
    expect(first.model.adapter).toMatchObject({ targets: ['query', 'value', 'key'] })
    expect(parseScenario(smallest, 's').model.adapter).toMatchObject({ targets: ['query', 'value'] })
  })
})

const train = { path: 't' }
const listed = (names: readonly string[]): string =>
  names
    .map((name) => `"${name}"`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1')
const KINDS = listed(METHODS.map(({ kind }) => kind))

const wrong: readonly (readonly [string, object, string])[] = [
  [
    'a key of the scenario misspelt',
    { modell: {} },
    'modell: unknown key; expected name, seed, model, data, task, method, fleet, slots, cloud, schedule, compression, evaluation, stop, profiles, federation; did you mean "model"?',
  ],
  [
    'a key of a group misspelt',
    { fleet: [{ profile: 'a' }, { profile: 'b', memorycap: 1 }] },
    'fleet[1].memorycap: unknown key; expected profile, count, link, trace, traceUp, traceEnd, cell, memoryCap, id, overrides; did you mean "memoryCap"?',
  ],
  [
    'a key that resembles none',
    { zzz: 1 },
    'zzz: unknown key; expected name, seed, model, data, task, method, fleet, slots, cloud, schedule, compression, evaluation, stop, profiles, federation',
  ],
  [
    'an inherited name as key',
    { constructor: 1 },
    'constructor: unknown key; expected name, seed, model, data, task, method, fleet, slots, cloud, schedule, compression, evaluation, stop, profiles, federation',
  ],
  [
    'a required key missing',
    { data: {} },
    'data.train: missing; expected an object with path, text, label, pair, split, header, format, encoding, quoted, delimiter and onBadRow',
  ],
  ['a required key of a part missing', { fleet: [{}] }, 'fleet[0].profile: missing; expected the id of a device profile'],
  [
    'a size that is none',
    { fleet: [{ profile: 'a', memoryCap: '512 MB/s' }] },
    'fleet[0].memoryCap: "512 MB/s"; expected a size such as "512 MiB" or "1.2 GB", or a number of bytes; at least 1 MiB',
  ],
  [
    'a cap in MiB without unit',
    { fleet: [{ profile: 'a', memoryCap: 512 }] },
    'fleet[0].memoryCap: 512; expected a size such as "512 MiB" or "1.2 GB", or a number of bytes; at least 1 MiB',
  ],
  ['no phones', { fleet: [] }, 'fleet: an empty list; expected a list of at least one group of phones'],
  [
    'too many phones',
    {
      fleet: [
        { profile: 'a', count: 9900 },
        { profile: 'b', count: 101 },
      ],
    },
    'fleet: a list of 2; expected at most 10000 phones in all, not 10001',
  ],
  [
    'an id twice',
    {
      fleet: [
        { profile: 'a', id: 'x' },
        { profile: 'b', id: 'x' },
      ],
    },
    'fleet[1].id: "x"; expected an id that no other group has',
  ],
  [
    'an id with a slash',
    { fleet: [{ profile: 'a', id: 'x/y' }] },
    'fleet[0].id: "x/y"; expected letters, digits, ".", "-" or "_", at most 64, beginning with a letter or digit',
  ],
  ['an unknown method', { method: { kind: 'coper' } }, `method.kind: "coper"; expected ${KINDS}; did you mean "cooper"?`],
  ['a method without kind', { method: { learningRate: 1 } }, `method.kind: missing; expected ${KINDS}`],
  ['a method as a word', { method: 'cooper' }, `method: "cooper"; expected an object with kind ${KINDS}`],
  [
    'a key of another method',
    { method: { kind: 'cloud-only', probeSize: 1 } },
    'method.probeSize: unknown key; expected kind, learningRate, optimiser, adam, horizonRounds, cloudBatchSize',
  ],
  ['a percentage as a share', { stop: { targetAccuracy: 80 } }, 'stop.targetAccuracy: 80; expected a number from 0 to 1'],
  [
    'a list as an object',
    { stop: [] },
    'stop: an empty list; expected an object with rounds, targetAccuracy, atTarget, forwardPasses and virtualSeconds',
  ],
  [
    'null as an object',
    { stop: null },
    'stop: null; expected an object with rounds, targetAccuracy, atTarget, forwardPasses and virtualSeconds',
  ],
  ['half a round', { stop: { rounds: 1.5 } }, 'stop.rounds: 1.5; expected an integer of at least 1'],
  ['a negative seed', { seed: -1 }, 'seed: -1; expected an integer of at least 0'],
  ['a seed beyond exact integers', { seed: 2 ** 53 }, 'seed: 9007199254740992; expected an integer of at least 0'],
  ['an infinite rate', { method: { kind: 'fedmezo', learningRate: Infinity } }, 'method.learningRate: Infinity; expected a number above 0'],
  ['a decay of 1', { method: { kind: 'cooper', adam: { beta2: 1 } } }, 'method.adam.beta2: 1; expected a number of at least 0 and below 1'],
  ['five bits', { compression: { bits: 5 } }, 'compression.bits: 5; expected 1, 2, 3, 4, 6, 8 or 16'],
  ['a long row', { model: { checkpoint: 'm', maxLength: 513 } }, 'model.maxLength: 513; expected an integer from 8 to 512'],
  [
    'a key of another adapter',
    { model: { checkpoint: 'm', adapter: { kind: 'bitfit', rank: 8 } } },
    'model.adapter.rank: unknown key; expected kind',
  ],
  [
    'a key of another adapter than the default',
    { model: { checkpoint: 'm', adapter: { size: 16 } } },
    'model.adapter.size: unknown key; expected kind, rank, alpha, targets, from',
  ],
  [
    'an unknown adapter',
    { model: { checkpoint: 'm', adapter: { kind: 'bitfi' } } },
    'model.adapter.kind: "bitfi"; expected "lora", "bitfit", "bottleneck" or "full"; did you mean "bitfit"?',
  ],
  [
    'an adapter without width',
    { model: { checkpoint: 'm', adapter: { kind: 'bottleneck', size: 0 } } },
    'model.adapter.size: 0; expected an integer from 1 to 1024',
  ],
  [
    'an adapter by its name alone',
    { model: { checkpoint: 'm', adapter: 'bitfit' } },
    'model.adapter: "bitfit"; expected an object with kind "lora", "bitfit", "bottleneck" or "full"',
  ],
  [
    'a target twice',
    { model: { checkpoint: 'm', adapter: { targets: ['query', 'query'] } } },
    'model.adapter.targets: a list of 2; expected each target once',
  ],
  [
    'no target',
    { model: { checkpoint: 'm', adapter: { targets: [] } } },
    'model.adapter.targets: an empty list; expected at least one target',
  ],
  [
    'an unknown target',
    { model: { checkpoint: 'm', adapter: { targets: ['query', 'valu'] } } },
    'model.adapter.targets[1]: "valu"; expected "query", "key", "value", "output", "gate", "intermediate" or "ffn-output"; did you mean "value"?',
  ],
  [
    'an unknown built-in',
    { model: { checkpoint: 'builtin:encodr' } },
    'model.checkpoint: "builtin:encodr"; expected a Hugging Face directory or "builtin:encoder"; did you mean "builtin:encoder"?',
  ],
  ['all rows public', { data: { train, public: { share: 1 } } }, 'data.public.share: 1; expected a number of at least 0 and below 1'],
  ['no row public', { data: { train, public: { share: 0 } } }, 'data.public.share: 0; expected a number above 0, since there is no source'],
  [
    'another domain without its file',
    { data: { train, public: { condition: 'domain' } } },
    'data.public.source: missing; expected a file of another domain, since condition is "domain"',
  ],
  [
    'noise on random labels',
    { data: { train, public: { condition: 'random', noise: 0.2 } } },
    'data.public.noise: 0.2; expected 0, since with condition "random" no label says anything',
  ],
  ['more noise than labels', { data: { train, public: { noise: 1.2 } } }, 'data.public.noise: 1.2; expected a number from 0 to 1'],
  [
    'a label map without a source',
    { data: { train, public: { labels: { pos: 'positive' } } } },
    'data.public.labels: an object; expected nothing, since there is no source whose labels it could map',
  ],
  [
    'a label map for labels that are drawn',
    { data: { train, public: { condition: 'random', source: { path: 'other.tsv' }, labels: { pos: 'positive' } } } },
    'data.public.labels: an object; expected nothing, since with condition "random" labels are drawn',
  ],
  [
    'a label map to a number',
    { data: { train, public: { source: { path: 'other.tsv' }, labels: { pos: 1 } } } },
    'data.public.labels.pos: 1; expected an object that names a training label, or null to leave its rows out, for each label of source',
  ],
  [
    'a negative column',
    { data: { train: { path: 't', text: -1 } } },
    'data.train.text: -1; expected a column name or a position counted from 0',
  ],
  [
    'text and label in one column',
    { data: { train: { path: 't', text: 1, label: 1 } } },
    'data.train.label: 1; expected a column other than that of text',
  ],
  ['an empty path', { data: { train: { path: '' } } }, 'data.train.path: ""; expected the path of a file or folder'],
  [
    'an unknown partition',
    { data: { train, partition: { kind: 'iidd' } } },
    'data.partition.kind: "iidd"; expected "iid", "dirichlet", "label", "quantity" or "files"; did you mean "iid"?',
  ],
  [
    'nothing to probe',
    { method: { kind: 'cooper', guidance: 'never', randomDirections: 0 } },
    'method.randomDirections: 0; expected 1 or more with method.guidance "never", which probes nothing else',
  ],
  [
    'one source to mix',
    { method: { kind: 'cooper', guidance: 'never', mixing: 'hybrid' } },
    'method.mixing: "hybrid"; expected "switch" with method.guidance "never", which leaves nothing to mix',
  ],
  [
    'an unknown policy',
    { schedule: { policy: 'layer-wise' } },
    `schedule.policy: "layer-wise"; expected ${listed(POLICY_NAMES)}; did you mean "layerwise"?`,
  ],
]

describe('a wrong scenario is refused with one exact line', () => {
  it.each(wrong)('%s', (_, part, line) => {
    expect(messageFrom(() => parseScenario({ ...smallest, ...part }, 's.json'))).toBe(`InputError: s.json: ${line}`)
  })

  it('something that is no object', () => {
    expect(messageFrom(() => parseScenario([1, 2], 's.json'))).toMatch(/^InputError: s\.json: a list of 2; expected an object with name, /)
  })

  it('counts the issues it does not name', () => {
    const several = { ...smallest, seed: 'one', nmae: 'x', stop: { round: 1, rounds: 0 } }
    expect(messageFrom(() => parseScenario(several, 's'))).toMatch(
      /^InputError: s: nmae: unknown key; .*; did you mean "name"\? \(and 3 more\)$/,
    )
  })

  it('survives keys and texts of any length, on one line', () => {
    const long = 'x\n'.repeat(50_000)
    for (const input of [
      { ...smallest, [long]: 1 },
      { ...smallest, seed: long },
      { ...smallest, schedule: { policy: long } },
    ]) {
      const message = messageFrom(() => parseScenario(input, 's'))
      expect(message).toMatch(/^InputError: s: [^\n]{1,700}$/)
    }
  })
})

describe('validateScenario', () => {
  it('returns nothing for a valid scenario', () => {
    expect(validateScenario(smallest)).toEqual([])
  })

  it('returns every issue with its path and keys, all unknown keys among them', () => {
    const issues = validateScenario({ ...smallest, one: 1, two: 2, seed: -1, fleet: [{ profile: 'a' }, { profile: '', count: 0 }] })
    expect(issues.map(({ path }) => path)).toEqual(['one', 'two', 'seed', 'fleet[1].profile', 'fleet[1].count'])
    expect(issues[4]).toEqual({ path: 'fleet[1].count', keys: ['fleet', 1, 'count'], found: '0', expected: 'an integer of at least 1' })
  })
})

describe('a hostile scenario', () => {
  it('cannot reach a prototype', () => {
    const input: unknown = JSON.parse('{"__proto__": {"seed": 7}, "model": {"checkpoint": "m", "__proto__": {"maxLength": 8}}}')
    expect(validateScenario(input).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['__proto__', 'model.__proto__', 'data', 'fleet']),
    )
    expect(({} as Record<string, unknown>).seed).toBeUndefined()
  })

  it('is refused as an InputError or parsed, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        const issues = validateScenario(json)
        expect(issues.length).toBeGreaterThan(0)
        expect(() => parseScenario(json, 's')).toThrow(InputError)
      }),
      { numRuns: 300 },
    )
  })

  it('is refused as an InputError or parsed to a fixed point, whatever replaces a part of a valid one', () => {
    const template = parseScenario(JSON.parse(designExample), 's')
    const paths = leafPaths(template)
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.integer({ min: -2, max: 600 }),
      fc.constantFrom('512 MiB', 'lora', 'iid', 'lte', NaN),
    )
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, value) => {
        const input = structuredClone(template) as never
        let parent = input as Record<string, unknown>
        for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>
        parent[path.at(-1)!] = value
        try {
          const parsed = parseScenario(input, 's')
          expect(parseScenario(parsed, 's')).toStrictEqual(parsed)
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
          expect((error as InputError).where.startsWith('s: ')).toBe(true)
        }
      }),
      { numRuns: 1500 },
    )
  })
})

function leafPaths(value: unknown, before: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...before]]
  const inside = Object.entries(value).flatMap(([key, part]) => leafPaths(part, [...before, key]))
  return before.length === 0 ? inside : [[...before], ...inside]
}
