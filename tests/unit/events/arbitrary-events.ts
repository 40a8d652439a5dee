/** Lists of events in an order that a session can have, most of them of kinds that leave a marker on the timeline. */
import fc from 'fast-check'
import type { LabEvent } from '#shared/events/event.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

const PHONES = 2
const phone = fc.nat(PHONES - 1)
const words = fc.constantFrom('hit its cap', 'was killed (SIGKILL)')
const doing = fc.constantFrom('probing', 'starting')
const accuracy = fc.nat(10).map((tenths) => tenths / 10)
const kind = <K extends LabEvent['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name)

const started: LabEvent = {
  kind: 'session-started',
  session: 'a',
  scenario: parseScenario(
    {
      name: 'Two phones',
      model: { checkpoint: 'm' },
      data: { train: { path: 't' } },
      fleet: [{ profile: 'pixel-4', count: PHONES }],
      stop: { rounds: 9, targetAccuracy: 0.6 },
    },
    'test',
  ),
  phones: ['p', 'q'].map((id) => ({
    id,
    profile: 'pixel-4',
    link: 'lte',
    rows: 1,
    cap: { bytes: 1, mechanism: 'rlimit-data', enforced: true },
  })),
  labels: ['no', 'yes'],
  parameters: 5,
  layers: 1,
  rows: { train: 2, public: 0, test: 1 },
  fresh: [],
}

const between: fc.Arbitrary<LabEvent> = fc.oneof(
  fc.record({
    kind: kind('phone-ended'),
    phone,
    round: fc.nat(9),
    reason: fc.constantFrom('cap-hit', 'crash', 'killed'),
    words,
    doing,
    final: fc.boolean(),
  }),
  fc.record({ kind: kind('cloud-ended'), reason: kind('crash' as never), words, doing }),
  fc.record({ kind: kind('phone-tuned'), phone, round: fc.nat(9), atSeconds: fc.nat(9), change: fc.record({ gflops: fc.nat(9) }) }),
  fc.record({ kind: kind('evaluated'), round: fc.nat(9), accuracy, loss: fc.constant(1), rows: fc.constant(1) }),
  fc.record({ kind: kind('session-resumed'), round: fc.nat(9) }),
  fc.record({ kind: kind('memory-sampled'), phone, residentBytes: fc.nat(99), peakBytes: fc.nat(99) }),
  fc.record({
    kind: kind('phone-started'),
    phone,
    idleBytes: fc.nat(9),
    restarts: fc.nat(3),
    bytesDown: fc.nat(9),
  }),
)

const plan = { guidance: true, guided: true, random: 0, shared: 0 }
const some = fc.array(between, { maxLength: 4 })
const rounds = fc.array(fc.tuple(some, some, fc.nat(9)), { maxLength: 8 })

export const arbitraryEvents: fc.Arbitrary<LabEvent[]> = fc.tuple(some, rounds, fc.boolean()).map(([before, list, ends]) => {
  let virtualSeconds = 0
  return [
    started,
    ...before,
    ...list.flatMap(([during, after, seconds], i): LabEvent[] => {
      const round = i + 1
      const startSeconds = virtualSeconds
      virtualSeconds += seconds
      return [
        { kind: 'round-started', round, plan, phones: [0, 1] },
        ...during,
        { kind: 'round-scheduled', round, startSeconds, endSeconds: virtualSeconds, tasks: [], overlapRatio: 0 },
        ...after,
        { kind: 'round-finished', round, virtualSeconds },
      ]
    }),
    ...(ends ? [{ kind: 'session-finished', stoppedBy: 'rounds', digest: 'd', wallSeconds: 1 } as const] : []),
  ]
})
