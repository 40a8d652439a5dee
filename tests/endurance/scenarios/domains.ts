/** Where the scenario's schema says too little, or allows what would take long: what is drawn there, and why. */
import fc from 'fast-check'
import type { Domain, Domains } from './schema-arbitrary.ts'
import { PLACES, TABLES } from './files.ts'

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const hundredths = (min: number, max: number): fc.Arbitrary<number> =>
  whole(Math.round(100 * min), Math.round(100 * max)).map((n) => n / 100)
const of = (...values: unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values)

const COST = 'a run must take seconds'
const TEXT = 'any text'
const FILES = 'the name of something that must be there'
const ALL_LABELS = {
  cooking: 'food',
  health: 'health',
  money: 'money',
  sport: 'great',
  technology: 'good',
  travel: 'bad',
  negative: 'terrible',
  positive: 'great',
  low: 'bad',
  middle: 'good',
  high: 'great',
}
const table: Domain = {
  values: fc.constantFrom(...TABLES).map(({ source }) => source),
  covers: ['path', 'text', 'label', 'pair', 'split', 'header', 'format', 'encoding', 'quoted', 'delimiter'],
  why: 'columns, form and labels are those of files that are there',
}
const endsEarly = { given: 'rarely', why: 'ends the run before phones that were left out come back' } as const

/** Each is drawn as often as any, and cooper, which has most keys, more often, after combinations were laid over. */
const METHODS = { cooper: 4, heimda: 4, fwdllm: 4, fedavg: 4, fedkseed: 3, 'cloud-only': 2, decomfl: 1, fedmezo: 1 }

export const DOMAINS: Domains = new Map<string, Domain>([
  ['name', { values: of('a', 'two words'), why: TEXT }],
  ['seed', { values: whole(0, 999), why: 'any number is as good' }],
  ['slots', { values: whole(1, 3), given: 'occasionally', why: 'fewer than the phones there are' }],
  ['profiles', { values: of(PLACES.profiles), given: 'rarely', why: FILES }],

  ['model.checkpoint', { values: of(PLACES.encoder, PLACES.encoder, 'builtin:encoder', PLACES.decoder), why: FILES }],
  ['model.maxLength', { values: whole(8, 12), given: 'always', why: COST }],
  ['model.adapter(lora).rank', { values: whole(1, 4), why: COST }],
  ['model.adapter(lora).alpha', { values: whole(1, 8), why: 'large steps diverge, which is another property' }],
  ['model.adapter(lora).from', { values: of(PLACES.adapter), why: FILES }],
  ['model.adapter(bottleneck).size', { values: whole(1, 4), why: COST }],

  ['data.train', table],
  ['data.test', table],
  ['data.public.source', { ...table, given: 'occasionally' }],
  [
    'data.classes',
    { values: of(['low', 'middle', 'high'], ['high', 'low', 'middle']), given: 'rarely', why: 'classes are labels of the table' },
  ],
  ['data.testShare', { values: hundredths(0.1, 0.4), why: 'some rows on both sides' }],
  ['data.trainRows', { values: whole(60, 90), why: 'rows for every phone' }],
  ['data.testRows', { values: whole(8, 24), given: 'always', why: COST }],
  ['data.public.share', { values: hundredths(0.1, 0.4), why: 'some rows on both sides' }],
  ['data.public.rows', { values: whole(6, 24), why: COST }],
  ['data.public.labels', { values: of({ low: 'high', high: 'low' }, { low: null }), why: 'the keys are labels of the source' }],

  ['task(classification).template', { values: of('{text}', 'it says {text} and {text', 'the {text}'), given: 'rarely', why: TEXT }],
  ['task(label-words).template', { values: of('{text} it was {answer}', '{text} {answer}'), why: TEXT }],
  [
    'task(label-words).words',
    { values: fc.constant(ALL_LABELS), given: 'always', why: 'the keys are labels, the words tokens of the model' },
  ],
  ['task(language-model).template', { values: of('{text}', 'the {text}'), given: 'rarely', why: TEXT }],

  ['model.adapter', { given: 'mostly', why: 'four kinds and one default' }],
  ['stop', { given: 'always', why: COST }],
  ['method', { given: 'always', kinds: METHODS, why: 'by what is laid over others' }],
  ['method.batchSize', { values: whole(1, 4), given: 'always', why: COST }],
  ['method.cloudBatchSize', { values: whole(4, 16), given: 'always', why: COST }],
  ['method(cooper).randomDirections', { values: whole(0, 3), given: 'always', why: COST }],
  ['method(cooper).learningRate', { values: hundredths(0.1, 1), why: 'a share of a Newton step' }],
  ['method.randomDirections', { values: whole(1, 4), given: 'always', why: COST }],
  ['method.mostDirections', { values: whole(1, 8), given: 'always', why: COST }],
  ['method.localSteps', { values: whole(1, 3), given: 'always', why: COST }],
  ['method.serverLearningRate', { values: hundredths(0.01, 1), given: 'rarely', why: 'large steps diverge, which is another property' }],
  ['method.seeds', { values: whole(1, 64), why: COST }],
  ['method.horizonRounds', { values: whole(5, 30), why: 'as long as the run, shorter and longer' }],

  ['fleet[].profile', { values: of('pixel-4', 'android-go', 'iphone-13-pro', 'own-phone'), why: FILES }],
  ['fleet[].count', { values: whole(1, 2), why: COST }],
  ['fleet[].link', { values: of('lte', 'slow-4g', 'lossy-3.5g', 'edge', 'own-link'), why: FILES }],
  ['fleet[].trace', { values: of(PLACES.bandwidth, PLACES.downlink), given: 'rarely', why: FILES }],
  ['fleet[].traceUp', { values: of(PLACES.uplink), why: FILES }],
  ['fleet[].cell', { values: of('north', 'south'), given: 'rarely', why: TEXT }],
  ['fleet[].memoryCap', { values: of('400 MiB', '1.5 GB', 700_000_000), why: 'no phone is to meet its cap' }],
  ['fleet[].id', { values: of('ann', 'bob', 'cid'), why: TEXT }],
  ['fleet[].overrides.lossRate', { values: hundredths(0, 0.4), why: 'a link that loses nearly all takes days of virtual time' }],
  ['cloud.profile', { values: of('workstation', 'pi-5'), why: FILES }],
  ['cloud.link', { values: of('lte', 'home-wifi'), why: FILES }],

  ['compression', { given: 'mostly', why: 'methods with guidance alone read it' }],
  ['compression.controller', { given: 'mostly', why: 'five kinds and one default' }],
  ['fleet[].traceEnd', { values: of('end', 'end', 'hold', 'repeat'), why: 'few recordings may end' }],

  ['evaluation.every', { values: whole(1, 6), why: 'within the run' }],
  ['evaluation.rows', { values: whole(4, 16), why: COST }],
  [
    'stop.rounds',
    {
      values: fc.oneof({ withCrossShrink: true }, { weight: 11, arbitrary: whole(13, 15) }, { weight: 1, arbitrary: fc.constant(40) }),
      given: 'always',
      why: 'a state is saved after ten rounds, and phones come back after it, a few of them after several',
    },
  ],
  ['stop.targetAccuracy', { values: hundredths(0.7, 1), ...endsEarly }],
  ['stop.forwardPasses', { values: whole(50, 400), ...endsEarly }],
  ['stop.virtualSeconds', { values: whole(1, 100), ...endsEarly }],

  ['federation', { given: 'mostly', why: 'what goes wrong goes wrong where phones come and go' }],
  ['federation.clientsPerRound', { values: of(1, 2, 3, 0.25, 0.5, 0.7), why: 'a number or a share' }],
  ['federation.dropout', { values: hundredths(0, 0.5), why: 'somebody answers' }],
  ['federation.availability', { given: 'occasionally', why: 'mostly waiting, in virtual time' }],
  ['federation.availability(trace).path', { values: of(PLACES.availability), why: FILES }],
  ['federation.deadlineSeconds', { values: hundredths(0.2, 20), given: 'occasionally', why: 'some make it and some do not' }],
  ['federation.privacy', { given: 'occasionally', why: 'it rules out much else' }],
  ['federation.privacy.model', { given: 'mostly', why: 'the default suits few methods' }],
  ['federation.privacy.clip', { values: hundredths(0.05, 1), given: 'mostly', why: 'large steps diverge, which is another property' }],
  [
    'federation.privacy.noiseMultiplier',
    { values: hundredths(0.3, 3), given: 'mostly', why: 'large steps diverge, which is another property' },
  ],
  ['federation.privacy.delta', { values: of(1e-6, 1e-5, 1e-3), given: 'mostly', why: 'small' }],
])
