/** Every call of the lab, over every way that messages travel: right arguments reach it as they were, wrong ones never do. */
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LabCalls } from '#shared/api/lab-api.ts'
import { serveLab } from '#shared/api/lab-rpc.ts'
import { fromForeignBytes, toBytes } from '#shared/api/wire.ts'
import { CALLS, SCENARIO } from './calls.ts'

/** null: it can't be sent at all. */
const WAYS: Readonly<Record<string, (message: unknown) => unknown>> = {
  'structured clone': (message) => structuredClone(message),
  bytes: (message) => fromForeignBytes(toBytes(message)),
}

interface Seen {
  readonly called: [name: string, given: unknown[]][]
  readonly answers: { readonly i?: string; readonly e?: { readonly message: string; readonly input?: object }; readonly r?: unknown }[]
}

/** What comes of a message. @returns null if it can't be sent that way */
async function send(message: unknown, way: string): Promise<Seen | null> {
  const seen: Seen = { called: [], answers: [] }
  const calls = Object.fromEntries(
    Object.keys(CALLS).map((name) => [name, async (...given: unknown[]) => void seen.called.push([name, given])]),
  ) as unknown as LabCalls
  let deliver: (message: unknown) => void = () => {}
  serveLab(
    {
      post: (answer) => void seen.answers.push(answer as Seen['answers'][number]),
      onMessage: (listener) => (deliver = listener),
      onClose: () => {},
      close: () => {},
    },
    calls,
  )
  let sent
  try {
    sent = WAYS[way]!(message)
  } catch {
    return null
  }
  deliver(sent)
  for (let i = 0; i < 3; i++) await turn()
  return seen
}

/** Keys that no argument may have, whatever else it is. */
const FORBIDDEN = /"(__proto__|constructor|prototype)":/

/** Bytes tell no -0 from 0. */
function withoutMinusZero(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(withoutMinusZero)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutMinusZero(inner)]))
}

const names = Object.keys(CALLS) as (keyof LabCalls)[]
const ways = fc.constantFrom(...Object.keys(WAYS))
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  maxDepth: 3,
})
/** What somebody would try first. */
const tried = fc.oneof(
  anything,
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    'x'.repeat(2 ** 20),
    2 ** 53,
    -1,
    0.5,
    NaN,
    Infinity,
    '__proto__',
    'constructor',
    [],
    {},
    [[]],
    [{}],
    { tags: [{}] },
  ),
  fc.constantFrom<unknown>(
    { notes: 1 },
    { tags: 'x' },
    { __proto__: null, gflops: 0 },
    { gflops: '1' },
    { toString: 1 },
    JSON.parse('{"__proto__":{"a":1}}'),
  ),
)

function expectRefused(seen: Seen, i: string | undefined): void {
  expect(seen.called).toEqual([])
  expect(seen.answers).toHaveLength(1)
  const [{ e, i: answered }] = seen.answers as [Seen['answers'][number]]
  expect(answered).toBe(i)
  expect(e?.input).toBeDefined()
  expect(e?.message).toMatch(/^[^\n]{1,1000}; expected [^\n]+$/)
}

describe.each(names)('%s', (name) => {
  const kinds = CALLS[name]

  test('is called with right arguments', async () => {
    const right = fc
      .tuple(...kinds.map((kind) => kind.right))
      .map((given) => given.map(withoutMinusZero))
      .filter((given) => !FORBIDDEN.test(JSON.stringify(given)))
    await fc.assert(
      fc.asyncProperty(right, ways, async (given, way) => {
        const seen = (await send({ t: 'q', m: name, a: given, i: '7' }, way))!
        expect(seen.answers).toEqual([expect.objectContaining({ t: 's', i: '7' })])
        expect(seen.answers[0]!.e).toBeUndefined()
        const called = seen.called.map(([asked, values]) => [asked, values.map((value) => value ?? undefined)])
        expect(called).toEqual([[name, given.map((value) => value ?? undefined)]])
      }),
      { numRuns: 30 },
    )
  })

  test('is not called with one that is wrong, missing or too much', async () => {
    const right = fc.tuple(...kinds.map((kind) => kind.right))
    await fc.assert(
      fc.asyncProperty(right, fc.nat(kinds.length), tried, ways, async (given, at, value, way) => {
        fc.pre(at === kinds.length || !kinds[at]!.isRight(value))
        const seen = await send({ t: 'q', m: name, a: given.toSpliced(at, 1, value), i: '7' }, way)
        fc.pre(seen !== null)
        // A typed array or a map that became something right on its way is right.
        const arrived = (WAYS[way]!([value]) as unknown[])[0]
        fc.pre(at === kinds.length || !kinds[at]!.isRight(arrived))
        expectRefused(seen, '7')
      }),
      { numRuns: 60 },
    )
  })
})

test('a message that is no call is answered with one line and nothing is called', async () => {
  const shape = fc.record(
    { t: fc.oneof(fc.constant('q'), anything), m: anything, a: anything, i: anything, e: anything },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(anything, shape), ways, async (message, way) => {
      const seen = await send(message, way)
      fc.pre(seen !== null)
      expectRefused(seen, typeof seen.answers[0]?.i === 'string' ? seen.answers[0].i : undefined)
    }),
    { numRuns: 500 },
  )
})

test('names that every object has are not calls', async () => {
  for (const name of [...Object.getOwnPropertyNames(Object.prototype), 'then', 'close', '$close', 'x'.repeat(2 ** 20)]) {
    expectRefused((await send({ t: 'q', m: name, a: [], i: '7' }, 'bytes'))!, '7')
  }
})

test('a draft that is too deep, too long, in a circle or has holes is refused', async () => {
  let deep: unknown = 1
  for (let i = 0; i < 1000; i++) deep = [deep]
  const circle: Record<string, unknown> = {}
  circle['itself'] = circle
  const sparse: unknown[] = []
  sparse.length = 2 ** 32 - 1
  const drafts = [
    deep,
    circle,
    sparse,
    Array.from({ length: 300_000 }, () => 0),
    { name: 'x'.repeat(2 ** 21) },
    new Map([[1, 2]]),
    new Date(),
  ]
  for (const draft of [...drafts, { fleet: [{ constructor: 1 }] }]) {
    for (const m of ['check', 'start']) expectRefused((await send({ t: 'q', m, a: [draft], i: '7' }, 'structured clone'))!, '7')
  }
})

test('what is wrong with a scenario that is started names its key', async () => {
  const seen = (await send({ t: 'q', m: 'start', a: [{ ...SCENARIO, fleet: [{ profile: 'pixel-4', count: 2 ** 53 }] }], i: '7' }, 'bytes'))!
  expectRefused(seen, '7')
  expect(seen.answers[0]!.e!.message).toMatch(/^scenario: fleet\[0\]\.count: 9007199254740992; expected an integer/)
})

test('an answer that can not be sent becomes one that says so', async () => {
  const answers: { e?: { message: string } }[] = []
  let deliver: (message: unknown) => void = () => {}
  const channel = {
    post(answer: unknown) {
      structuredClone(answer)
      answers.push(answer as (typeof answers)[number])
    },
    onMessage: (listener: (message: unknown) => void) => void (deliver = listener),
    onClose: () => {},
    close: () => {},
  }
  serveLab(channel, { running: async () => [() => {}] } as unknown as LabCalls)
  deliver({ t: 'q', m: 'running', a: [], i: '7' })
  for (let i = 0; i < 3; i++) await turn()
  expect(answers).toMatchObject([{ i: '7', e: { message: expect.stringMatching(/could not be cloned/) as string } }])
})
