/** Right arguments of every call of the lab, and an oracle of its own that tells whether arguments are right. */
import fc from 'fast-check'
import type { LabCalls } from '#shared/api/lab-api.ts'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'

export const SCENARIO: ScenarioInput = {
  model: { checkpoint: 'builtin:encoder' },
  data: { train: { path: 'builtin:stance/train' } },
  fleet: [{ profile: 'pixel-4', count: 2 }],
}

interface Kind {
  readonly right: fc.Arbitrary<unknown>
  readonly isRight: (value: unknown) => boolean
}

const isWhole = (value: unknown, most: number): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
const isText = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'string' && value.length >= least && value.length <= most
const isList = (value: unknown, least: number, most: number, each: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length >= least && value.length <= most && Array.from(value, each).every(Boolean)
const isId = (value: unknown): boolean => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) && !value.endsWith('\n')
const keysOf = (value: unknown): string[] | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) ? Object.keys(value) : null

const id: Kind = { right: fc.oneof(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)), isRight: isId }
const ids: Kind = { right: fc.array(id.right, { maxLength: 20 }), isRight: (value) => isList(value, 0, 10_000, isId) }
const whole = (most: number): Kind => ({
  right: fc.integer({ min: 0, max: Math.min(most, 2 ** 31) }),
  isRight: (value) => isWhole(value, most),
})
const orNothing = ({ right, isRight }: Kind): Kind => ({
  right: fc.option(right, { nil: fc.sample(fc.constantFrom(null, undefined), 1)[0] }),
  isRight: (value) => value == null || isRight(value),
})
const text = (most: number): Kind => ({ right: fc.string({ maxLength: 100 }), isRight: (value) => isText(value, 0, most) })

const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true })
const change: Kind = {
  right: fc.record(
    { gflops: positive, downMbps: positive, rttMs: positive, lossRate: fc.double({ min: 0, max: 0.99, noNaN: true }) },
    { requiredKeys: [] },
  ),
  isRight: (value) =>
    keysOf(value)?.every((key) => {
      const number = (value as Record<string, unknown>)[key]
      return ['gflops', 'downMbps', 'rttMs'].includes(key) && typeof number === 'number' && number > 0 && number < Infinity
    }) ?? false,
}
const words: Kind = {
  right: fc.record({ tags: fc.array(fc.string({ minLength: 1, maxLength: 20 })), notes: fc.string() }, { requiredKeys: [] }),
  isRight(value) {
    const { tags, notes } = (value ?? {}) as { tags?: unknown; notes?: unknown }
    return (
      (keysOf(value)?.every((key) => key === 'tags' || key === 'notes') ?? false) &&
      (tags === undefined || isList(tags, 0, 1000, (tag) => isText(tag, 1, 200))) &&
      (notes === undefined || isText(notes, 0, 100_000))
    )
  },
}
const phones: Kind = {
  right: fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 30 }),
  isRight: (value) => isList(value, 1, 1000, (item) => isWhole(item, 999)),
}
const policy: Kind = {
  right: fc.constantFrom('sequential', 'overlapped', 'layerwise'),
  isRight: (value) => ['sequential', 'overlapped', 'layerwise'].includes(value as string),
}
const file: Kind = { right: fc.uint8Array({ maxLength: 100 }), isRight: (value) => value instanceof Uint8Array }
/** Whatever a form may hold, however wrong. */
const draft: Kind = { right: fc.jsonValue({ maxDepth: 5 }), isRight: () => true }
/** No generated value is one. */
const scenario: Kind = {
  right: fc.record({ name: fc.string({ minLength: 1, maxLength: 50 }), seed: fc.nat() }).map((own) => ({ ...SCENARIO, ...own })),
  isRight: () => false,
}

export const CALLS: Readonly<Record<keyof LabCalls, readonly Kind[]>> = {
  describe: [],
  check: [draft],
  start: [scenario],
  resume: [id],
  pause: [id],
  proceed: [id],
  step: [id],
  stop: [id],
  tune: [id, phones, change],
  running: [],
  sessions: [text(1000)],
  open: [id, orNothing(whole(2 ** 53 - 1))],
  events: [id, whole(2 ** 53 - 1), whole(100_000)],
  schedule: [id, whole(2 ** 53 - 1), orNothing(policy)],
  describeSession: [id, words],
  remove: [ids],
  compare: [ids],
  exportSession: [id],
  importSession: [file],
  importing: [],
}
