/** `federation`: phones as they are in the field. They are asked in turns, go away, are late, and may hide what they measured. */
import * as v from 'valibot'
import { clientCount } from './client-count.ts'
import { phonesIn } from './fleet-schema.ts'
import { issueAt } from './issue-at.ts'
import { type Optimiser, takesNewtonSteps } from './newton-steps.ts'
import { choice, filePath, flag, integer, kinds, lossShare, optional, positive, properShare, required } from './rules.ts'
import { strict } from './strict.ts'

const CLIENTS = 'a number of phones of at least 1, or a share above 0 and below 1'
const clients = v.pipe(
  v.number(CLIENTS),
  v.finite(CLIENTS),
  v.gtValue(0, CLIENTS),
  v.check((count) => count < 1 || Number.isSafeInteger(count), CLIENTS),
)

const HOUR = 'an hour of the day, 0 to 24'
const DAY_PART = 'hours from 0.01 to 24'
const SHIFT = 'hours from 0 to 24'

const availability = kinds([
  strict({
    kind: v.literal('trace'),
    path: required('File with lines phone,from,to in seconds of virtual time (relative to this file)', filePath('the path of a file')),
  }),
  strict({
    kind: v.literal('daily'),
    fromHour: optional(
      'Hour of the virtual day, which begins at 0, from which phones can be asked',
      v.pipe(v.number(HOUR), v.minValue(0, HOUR), v.maxValue(24, HOUR)),
      22,
    ),
    hours: optional('For how long each day', v.pipe(v.number(DAY_PART), v.minValue(0.01, DAY_PART), v.maxValue(24, DAY_PART)), 8),
    spreadHours: optional(
      "By how much each phone's day is shifted either way at most",
      v.pipe(v.number(SHIFT), v.minValue(0, SHIFT), v.maxValue(24, SHIFT)),
      2,
    ),
  }),
])

const aggregation = kinds([
  strict({ kind: v.literal('synchronous') }),
  strict({
    kind: v.literal('buffered'),
    bufferSize: optional('Answers per update of the model', integer(1), 4),
    maxStaleness: optional('Answers probed more updates ago than this are not taken', integer(0), 8),
    weight: optional(
      'How staleness tau weighs an answer: (1 + tau)^-1/2 (polynomial), or not at all (constant)',
      choice(['polynomial', 'constant']),
      'polynomial',
    ),
  }),
])

const privacy = strict({
  clip: optional('Length to which what a phone sends in a round is shortened', positive(), 1),
  noiseMultiplier: optional('Standard deviation of the noise over clip', positive(), 1),
  delta: optional('Probability with which epsilon may fail', properShare(), 1e-5),
  model: optional(
    'Who adds the noise: the server, once to the sum (central), or every phone to what it sends (local)',
    choice(['central', 'local']),
    'central',
  ),
})

const keys = strict({
  clientsPerRound: optional('Phones asked per round: how many, or a share below 1; all that can be asked unless given', clients),
  dropout: optional('Probability that a phone that was asked is lost before it answers', lossShare(), 0),
  availability: optional('When phones can be asked; always unless given', availability),
  deadlineSeconds: optional('How long after the start of a round the server waits for answers, virtual time', positive()),
  elastic: optional('Whether a slow phone probes fewer directions so that it makes the deadline', flag(), false),
  aggregation: optional('An update per round (synchronous), or whenever enough answers are in (buffered)', aggregation, {
    kind: 'synchronous',
  }),
  privacy: optional('Differential privacy of each phone; none unless given', privacy),
  secureAggregation: optional('Whether the server sees only the sum of what phones send, by masks that cancel', flag(), false),
})

export type Federation = v.InferOutput<typeof keys>

interface Contradiction {
  readonly key: keyof Federation
  readonly holds: (federation: Federation) => boolean
  readonly expected: string
}

const buffered = ({ aggregation: { kind } }: Federation): boolean => kind === 'buffered'

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    key: 'elastic',
    holds: (f) => f.elastic && f.deadlineSeconds === undefined,
    expected: 'false, since there is no deadlineSeconds to make',
  },
  {
    key: 'clientsPerRound',
    holds: (f) => buffered(f) && f.clientsPerRound !== undefined,
    expected: 'nothing, since with buffered aggregation every phone works whenever it can',
  },
  {
    key: 'deadlineSeconds',
    holds: (f) => buffered(f) && f.deadlineSeconds !== undefined,
    expected: 'nothing, since buffered aggregation waits for nobody',
  },
  {
    key: 'secureAggregation',
    holds: (f) => buffered(f) && f.secureAggregation,
    expected: 'false, since masks cancel in the sum of a round, and buffered aggregation has none',
  },
  {
    key: 'privacy',
    holds: (f) => buffered(f) && f.privacy?.model === 'central',
    expected: 'privacy.model "local", since the accountant of "central" counts rounds, and buffered aggregation has none',
  },
]

export const federationSchema = v.pipe(
  keys,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const { key, holds, expected } of CONTRADICTIONS) {
      if (holds(dataset.value)) addIssue(issueAt(dataset.value, [key], expected))
    }
  }),
)

/** A sum of fewer masked answers hides none of them. */
export const FEWEST_MASKED = 2

/** Methods whose scalars are linear in what each direction gave, so that some can be left out or noise can be added. */
const LINEAR = new Set(['cooper', 'fedmezo', 'decomfl'])
const SUMS =
  'a method whose phones all probe the same directions: decomfl, or cooper with Newton steps (its usual optimiser) or randomDirections 0'

interface Method {
  readonly kind: string
  readonly optimiser?: Optimiser | undefined
  readonly randomDirections?: number
  readonly localSteps?: number
}

interface Task {
  readonly kind: string
}

/** Whether all phones probe the same directions, so that the sum over phones is all that the server needs. */
function needsOnlySums(federation: Federation, method: Method, task: Task): boolean {
  const { kind, randomDirections } = method
  return kind === 'decomfl' || (kind === 'cooper' && (randomDirections === 0 || takesNewtonSteps({ method, federation, task })))
}

const UNFIT: readonly {
  readonly key: keyof Federation
  readonly unfit: (federation: Federation, method: Method, task: Task) => boolean
  readonly expected: string
}[] = [
  {
    key: 'elastic',
    unfit: (f, { kind, localSteps = 1 }) => f.elastic && !(LINEAR.has(kind) && localSteps === 1),
    expected: 'false, or a method that can do with fewer probes: cooper, fedmezo, or decomfl with localSteps 1',
  },
  {
    key: 'aggregation',
    unfit: (f, { kind }) => buffered(f) && kind !== 'fedmezo',
    expected: 'synchronous, or method fedmezo: only its directions can be made again from seeds whatever the model was then',
  },
  {
    key: 'privacy',
    unfit: (f, method, task) => f.privacy?.model === 'central' && !needsOnlySums(f, method, task),
    expected: `privacy.model "local", or ${SUMS}`,
  },
  {
    key: 'privacy',
    unfit: (f, { optimiser }) => f.privacy !== undefined && optimiser === 'newton',
    expected: 'nothing, or method.optimiser "adam" or "sgd": what is clipped and blurred is no curvature',
  },
  {
    key: 'privacy',
    unfit: (f, { kind }) => f.privacy?.model === 'local' && !LINEAR.has(kind),
    expected: 'nothing, or a method whose phones send derivatives alone: cooper, fedmezo or decomfl',
  },
  {
    key: 'secureAggregation',
    unfit: (f, method, task) => f.secureAggregation && !needsOnlySums(f, method, task),
    expected: `false, or ${SUMS}`,
  },
]

interface Combined {
  readonly federation?: Federation
  readonly method: Method
  readonly task: Task
  readonly fleet: readonly { readonly count: number }[]
}

/** The issues of a federation that its method or its fleet can't do, for the whole scenario. */
export function federationIssues(scenario: Combined) {
  const { federation, method, task, fleet } = scenario
  if (federation === undefined) return []
  const unfit = UNFIT.filter((rule) => rule.unfit(federation, method, task)).map(({ key, expected }) => ({ key, expected }))
  return [...unfit, ...tooFew(federation, phonesIn(fleet))].map(({ key, expected }) => issueAt(scenario, ['federation', key], expected))
}

/** Masked phones that have nobody to hide among. */
function tooFew({ secureAggregation, clientsPerRound, ...federation }: Federation, phones: number) {
  if (!secureAggregation) return []
  if (phones < FEWEST_MASKED)
    return [{ key: 'secureAggregation', expected: `false, or a fleet of at least ${FEWEST_MASKED} phones to hide among` }]
  // The draw of central privacy makes sure of it by itself.
  const alone =
    clientsPerRound !== undefined && federation.privacy?.model !== 'central' && clientCount(clientsPerRound, phones) < FEWEST_MASKED
  return alone ? [{ key: 'clientsPerRound', expected: `${FEWEST_MASKED} phones or more, since masks hide a phone only among others` }] : []
}
