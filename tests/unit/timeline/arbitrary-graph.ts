/** Random task graphs and rounds for property tests of the timeline. */
import fc from 'fast-check'
import type { RoundWork } from '#main/timeline/round-work.ts'
import type { Task } from '#main/timeline/task.ts'

const seconds = fc.oneof(fc.nat(8), fc.double({ min: 0, max: 5, noNaN: true }))

/** Every task waits only for tasks before it, under a shuffled order of insertion. */
export const taskGraph = (most = 14): fc.Arbitrary<Task[]> =>
  fc.integer({ min: 1, max: most }).chain((count) =>
    fc
      .tuple(
        fc.array(
          fc.record({
            lane: fc.constantFrom('a', 'b', 'c'),
            seconds,
            latencySeconds: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: seconds }),
            priority: fc.nat(2),
            kind: fc.constantFrom('forward' as const, 'probe' as const, 'transfer-down' as const, 'transfer-up' as const),
            before: fc.array(fc.nat(1000), { maxLength: 3 }),
          }),
          { minLength: count, maxLength: count },
        ),
        fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count }),
      )
      .map(([parts, order]) => {
        const tasks = parts.map(({ before, ...part }, index): Task => ({
          ...part,
          id: `t${index}`,
          device: 'phone',
          after: index === 0 ? [] : [...new Set(before.map((pick) => `t${pick % index}`))],
        }))
        return order.map((index) => tasks[index] as Task)
      }),
  )

/** One FLOP is a second. */
const pace = (flop: number): number => flop

/** Rounds over links of constant goodput; a few have no guidance. */
export const roundWork: fc.Arbitrary<RoundWork> = fc.nat(5).chain((layers) => {
  const perLayer = fc.array(seconds, { minLength: layers, maxLength: layers })
  const phone = fc.record({
    down: fc.integer({ min: 1, max: 50 }),
    up: fc.integer({ min: 1, max: 50 }),
    latencySeconds: fc.oneof(fc.constant(0), seconds),
    probeFlop: layers > 0 ? perLayer : fc.array(seconds, { maxLength: 3 }),
    unguidedProbeFlop: fc.oneof(fc.constant(0), seconds),
    upBytes: fc.nat(50),
    updateDownBytes: fc.nat(50),
    updateFlop: seconds,
  })
  return fc
    .record({
      cloud: fc.record({ forwardFlop: perLayer, backwardFlop: perLayer, encodeFlop: perLayer }),
      messageBytes: fc.array(fc.nat(100), { minLength: layers, maxLength: layers }),
      phones: fc.array(phone, { minLength: 1, maxLength: 4 }),
      serverFlop: seconds,
      probesNeed: fc.constantFrom('own-layer' as const, 'all-layers' as const, 'nothing' as const),
    })
    .map((work) => ({
      ...work,
      cloudPace: pace,
      encodePace: pace,
      phones: work.phones.map(({ down, up, latencySeconds, ...rest }, index) => ({
        ...rest,
        pace,
        latencySeconds: () => latencySeconds,
        id: `phone-${index}`,
        downSeconds: (bytes: number) => bytes / down,
        upSeconds: (bytes: number) => bytes / up,
      })),
    }))
})
