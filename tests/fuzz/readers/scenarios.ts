/** Scenario files and the recordings that they name. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { readTrace as readAvailability } from '../../../src-main/federation/field/availability.ts'
import { loadScenario } from '#main/reading/load-scenario.ts'
import { readTrace } from '#main/reading/read-trace.ts'
import { LinkCut } from '../../../src-main/network/link-cut.ts'
import { LinkModel } from '../../../src-main/network/link.ts'
import { InputError } from '../../../src-shared/errors/input-error.ts'
import { encodedText, mutatedJson, mutatedText, mutatedValue } from '../mutate.ts'
import type { FuzzedReader } from '../reader.ts'

const SHIPPED = join(import.meta.dirname, '../../../resources/scenarios')
const shipped = (): string[] => readdirSync(SHIPPED).map((name) => readFileSync(join(SHIPPED, name), 'utf8'))

const ALL = {
  name: 'all',
  seed: 3,
  model: { checkpoint: 'm', maxLength: 12, weights: 'int8', adapter: { kind: 'lora', rank: 2, targets: ['query'] } },
  data: {
    train: { path: 't.tsv', text: 0, label: 1, header: false },
    public: { share: 0.1 },
    partition: { kind: 'dirichlet', alpha: 0.5 },
  },
  method: { kind: 'cooper', randomDirections: 2, batchSize: 4, poolSize: 4, learningRate: 0.01 },
  fleet: [
    { profile: 'pixel-4', count: 2, link: 'lte', trace: 'x.csv', overrides: { gflops: 2, outages: { upSeconds: 5, downSeconds: 1 } } },
    { profile: 'android-go', id: 'last', memoryCap: '512 MiB' },
  ],
  cloud: { profile: 'workstation' },
  federation: { clientsPerRound: 0.5, deadlineSeconds: 4, availability: { kind: 'daily' }, privacy: { clip: 1 } },
  schedule: { policy: 'layerwise' },
  compression: { controller: 'adaptive', bits: 4 },
  stop: { rounds: 6, targetAccuracy: 0.8 },
}

export const scenarioJson: FuzzedReader = {
  seeds: () => [...shipped(), JSON.stringify(ALL)].map((text) => Buffer.from(text)),
  mutate: mutatedJson,
  read(input, directory) {
    writeFileSync(join(directory, 'scenario.json'), input)
    loadScenario('scenario.json', [], directory)
  },
}

/** Names for values, which stand for more each time they are used, and values of other kinds than JSON's. */
const REFERENCES = `a: &a { x: 1, y: [1, 2] }\nb: &b [*a, *a]\nc: &c [*b, *b]\n<<: *a\nmethod: { <<: *a, kind: cooper }\nfleet: *c\n`
const TAGS = `%YAML 1.2\n---\nname: !!str 3\nseed: !!int "7"\nmodel: !!set { ? a }\ndata: |\n  x\n   y\nfleet: >-\n  a\n\n  b\nstop: !!binary aGVsbG8=\n? [a, b]\n: 2001-01-01\n`

export const scenarioYaml: FuzzedReader = {
  seeds: () =>
    [stringify(ALL), `${stringify(ALL)}# a comment\n`, 'a: &a [1, 2]\nb: *a\n', REFERENCES, TAGS].map((text) => Buffer.from(text)),
  mutate(input, stream) {
    if (stream.below(2) === 0) {
      try {
        return encodedText(stringify(mutatedValue(structuredClone(ALL), stream)), stream)
      } catch {
        // Too deep to be written.
      }
    }
    return encodedText(mutatedText(Buffer.from(input).toString(), stream), stream)
  },
  read(input, directory) {
    writeFileSync(join(directory, 'scenario.yaml'), input)
    loadScenario('scenario.yaml', [], directory)
  },
}

export const trace: FuzzedReader = {
  seeds: () =>
    [
      'seconds,downMbps,upMbps\n0,10,5\n1,2.5,1\n60,0,0\n90,8,1\n',
      'upMbps,seconds,downMbps\n1,0,3\n1,0.001,4\n',
      '5\n5\n20\n150\n150\n900\n',
      '1 1000 59.8 10.7 400000 1000\n2 2000 59.8 10.7 0 900\n',
    ].map((text) => Buffer.from(text)),
  mutate: (input, stream) => encodedText(mutatedText(Buffer.from(input).toString(), stream), stream),
  read(input, directory) {
    const path = join(directory, 'trace.csv')
    writeFileSync(path, input)
    const link = new LinkModel(
      'x',
      { downBitsPerSecond: 1e6, upBitsPerSecond: 1e6, roundTripSeconds: 0.1, lossRate: 0, trace: readTrace(path).trace },
      1,
    )
    for (const at of [0, 1.5, 1e6]) for (const direction of ['down', 'up'] as const) link.transferSeconds(direction, 100_000, at)
  },
  refuses: (error) => error instanceof InputError || error instanceof LinkCut,
}

export const availability: FuzzedReader = {
  seeds: () => ['phone,from,to\na,10,20\nb,0,inf\na,30,40\n', 'a,1,2\n'].map((text) => Buffer.from(text)),
  mutate: (input, stream) => encodedText(mutatedText(Buffer.from(input).toString(), stream), stream),
  read(input) {
    const available = readAvailability(Buffer.from(input).toString(), 'trace.csv', ['a', 'b', 'c'])
    let at = 0
    for (let i = 0; i < 20 && at < Infinity; i++) at = available.next(0, at) + 5
  },
}
