/** `federation`: phones as they are in the field. They are asked in turns, go away, are late, and may hide what they measured. */
import * as v from 'valibot'
import { issueAt } from './issues.ts'
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

/** The fewest masked answers of which a sum hides each. */
export const FEWEST_MASKED = 2

/** Returns the number of phones that `clientsPerRound` means, be it a number of them or a share below 1 of the fleet; at least one. */
export function clientCount(clientsPerRound: number, fleet: number): number {
  return Math.min(fleet, clientsPerRound < 1 ? Math.max(1, Math.round(clientsPerRound * fleet)) : clientsPerRound)
}

/** Returns the number of phones that are asked in a round: all, unless the scenario draws some of them. */
export function askedPerRound({ federation }: { readonly federation?: Federation | undefined }, fleet: number): number {
  return clientCount(federation?.clientsPerRound ?? fleet, fleet)
}
