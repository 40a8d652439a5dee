/** The schema of events in a file that somebody else wrote. Unknown fields are kept, since no code reads them. */
import * as v from 'valibot'

/** The upper bound of every number: more than any session has of anything, and small enough to be added up, drawn and written out. */
const MOST = 1e15
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MOST))
const finite = v.pipe(v.number(), v.minValue(-MOST), v.maxValue(MOST))
/** Accepts NaN and infinities too, which the losses of a run that diverges may be. */
const anyNumber = v.custom<number>((value) => typeof value === 'number')
const words = v.pipe(v.string(), v.maxLength(4096))
const phones = v.pipe(v.array(count), v.maxLength(100_000))
const seconds = finite

const column = v.union([words, count])
const table = v.looseObject({
  columns: v.optional(
    v.looseObject({
      text: v.array(column),
      label: v.nullable(column),
      pair: v.optional(column),
      unused: v.array(column),
      header: v.optional(v.boolean()),
    }),
  ),
  classes: v.optional(v.array(v.looseObject({ label: words, index: count, rows: count, words: v.array(words) }))),
  skipped: v.array(v.looseObject({ why: words, rows: count, line: count })),
  cut: v.optional(v.looseObject({ rows: count, of: count, tokens: count })),
})

const event = {
  'session-started': {
    session: words,
    scenario: v.looseObject({}),
    phones: v.pipe(
      v.array(
        v.looseObject({
          id: words,
          profile: words,
          link: words,
          rows: count,
          cap: v.looseObject({ bytes: finite, mechanism: words, enforced: v.boolean() }),
        }),
      ),
      v.maxLength(100_000),
    ),
    labels: v.array(words),
    parameters: count,
    layers: count,
    rows: v.looseObject({ train: count, public: count, test: count }),
    data: v.optional(v.looseObject({ train: table, test: v.optional(table), public: v.optional(table) })),
    fresh: v.array(words),
  },
  'phone-started': { phone: count, idleBytes: finite, restarts: count, bytesDown: finite },
  'phone-ended': {
    phone: count,
    round: count,
    reason: v.picklist(['exit', 'cap-hit', 'v8-out-of-memory', 'crash', 'killed', 'hang', 'garbage']),
    words,
    doing: words,
    final: v.boolean(),
    lostIn: v.optional(count),
  },
  'cloud-ended': { reason: words, words, doing: words },
  'session-resumed': { round: count },
  'phone-tuned': { phone: count, round: count, atSeconds: seconds, change: v.looseObject({}) },
  'memory-sampled': { phone: count, residentBytes: finite, peakBytes: finite },
  'cloud-sampled': { residentBytes: finite, peakBytes: finite },
  'round-started': {
    round: count,
    plan: v.looseObject({ guidance: v.boolean(), guided: v.boolean(), random: count, shared: count }),
    phones,
  },
  'bits-chosen': {
    round: count,
    bits: v.array(finite),
    why: v.array(words),
    layerBytes: v.array(finite),
    reasons: v.optional(v.array(v.looseObject({ layer: count, bits: finite, words }))),
    links: v.optional(v.array(v.looseObject({ phone: count }))),
  },
  'phone-reported': { round: count, phone: count, loss: v.nullable(anyNumber), forwardPasses: finite, bytesUp: finite, bytesDown: finite },
  'phone-skipped': {
    round: count,
    phone: count,
    reason: v.picklist(['unavailable', 'dropped', 'late', 'stale']),
    words,
    forwardPasses: finite,
    bytesUp: finite,
    bytesDown: finite,
  },
  'privacy-spent': { round: count, epsilon: anyNumber, delta: finite },
  'update-applied': {
    round: count,
    learningRate: anyNumber,
    source: words,
    guidedEnergy: v.nullable(anyNumber),
    randomEnergy: v.nullable(anyNumber),
    trust: v.optional(
      v.looseObject({
        radius: anyNumber,
        length: anyNumber,
        promised: anyNumber,
        actual: v.nullable(v.looseObject({ value: anyNumber, error: anyNumber })),
        takenBack: v.boolean(),
      }),
    ),
    digest: words,
  },
  'round-scheduled': {
    round: count,
    startSeconds: seconds,
    endSeconds: seconds,
    tasks: v.array(v.looseObject({ id: words, lane: words, kind: words, device: words, startSeconds: seconds, endSeconds: seconds })),
    overlapRatio: anyNumber,
  },
  evaluated: { round: count, accuracy: anyNumber, loss: anyNumber, rows: count },
  'round-finished': { round: count, virtualSeconds: seconds },
  'session-finished': { stoppedBy: words, digest: words, wallSeconds: finite },
} as const

const schemas = new Map(
  Object.entries(event).map(([kind, fields]) => [kind, v.looseObject({ kind: v.literal(kind), ...(fields as v.ObjectEntries) })]),
)

/** @returns what is wrong with the event, as a phrase; null if nothing is */
export function whatIsWrongWithEvent(value: unknown): string | null {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  const schema = schemas.get(String(kind))
  if (!schema) return 'an event of no known kind'
  const { issues } = v.safeParse(schema, value, { abortEarly: true })
  return issues ? `an event ${String(kind)} whose ${issues[0].path?.map(({ key }) => String(key)).join('.') ?? 'form'} is wrong` : null
}
