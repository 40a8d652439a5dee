import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RoundWork } from '#main/timeline/round-work.ts'
import { simulateRound } from '#main/timeline/simulate-round.ts'
import { POLICY_NAMES, type PolicyName } from '#shared/scenario/schedule-schema.ts'
import { roundWork } from '../arbitrary-graph.ts'

/** One FLOP is a second. */
const pace = (flop: number) => flop
const perSecond = (rate: number) => (bytes: number) => bytes / rate

/** Two layers, a fast and a slow phone. */
const example: RoundWork = {
  cloud: { forwardFlop: [1, 1], backwardFlop: [2, 2], encodeFlop: [1, 1] },
  messageBytes: [100, 100],
  probesNeed: 'own-layer',
  phones: [
    {
      id: 'fast',
      downSeconds: perSecond(100),
      upSeconds: perSecond(10),
      latencySeconds: () => 0.5,
      pace,
      probeFlop: [3, 3],
      upBytes: 10,
      updateDownBytes: 100,
      updateFlop: 1,
    },
    {
      id: 'slow',
      downSeconds: perSecond(25),
      upSeconds: perSecond(10),
      pace,
      probeFlop: [4, 4],
      upBytes: 10,
      updateDownBytes: 100,
      updateFlop: 1,
    },
  ],
  serverFlop: 1,
  cloudPace: pace,
  encodePace: pace,
}

const starts = (policy: PolicyName, work = example): Record<string, number> =>
  Object.fromEntries(simulateRound(work, policy).schedule.entries.map(({ id, start }) => [id, start]))

describe('schedule policies', () => {
  test('sequential lets every phase wait for the whole phase before', () => {
    expect(starts('sequential')).toMatchObject({
      'cloud/backward/1': 2,
      'cloud/encode/1': 6,
      'cloud/encode/0': 7,
      'fast/down/directions': 8,
      'slow/down/directions': 8,
      'fast/probe/1': 16,
      'slow/probe/0': 20,
      'fast/up/scalars': 24,
      'cloud/update': 25.5,
      'fast/down/update': 26.5,
      'fast/update': 30.5,
    })
  })

  test('overlapped lets a phone go on as soon as its own message is there', () => {
    expect(starts('overlapped')).toMatchObject({
      'fast/down/directions': 8,
      'fast/probe/1': 10.5,
      'fast/up/scalars': 16.5,
      'slow/probe/1': 16,
      'cloud/update': 25,
    })
    expect(starts('overlapped')).toMatchObject({ 'fast/down/update': 26, 'fast/update': 27.5, 'slow/update': 30 })
  })

  test('layerwise sends a layer while the one below is differentiated', () => {
    expect(starts('layerwise')).toMatchObject({
      'cloud/encode/1': 4,
      'cloud/backward/0': 4,
      'fast/down/directions/1': 5,
      'fast/probe/1': 6.5,
      'fast/down/directions/0': 7,
      'fast/probe/0': 9.5,
      'slow/down/directions/1': 5,
      'slow/probe/1': 9,
      'slow/down/directions/0': 9,
      'slow/probe/0': 13,
      'slow/up/scalars': 17,
      'cloud/update': 18,
    })
  })

  test('layerwise waits for the parts of all layers where a probe moves them together, and goes through them upwards', () => {
    expect(starts('layerwise', { ...example, probesNeed: 'all-layers' })).toMatchObject({
      'fast/down/directions/0': 7,
      'fast/probe/0': 8.5,
      'fast/probe/1': 11.5,
      'slow/probe/0': 13,
      'slow/probe/1': 17,
    })
  })

  test('layerwise sends the lowest layer first where all move together, but for what is through by the time that it is there', () => {
    const { messageBytes, phones } = example
    const known = (bytes: readonly number[]): RoundWork => ({
      ...example,
      probesNeed: 'all-layers',
      messageBytes: bytes,
      phones: phones.map((phone) => ({ ...phone, expectedDownSeconds: (b: number) => phone.downSeconds(b, 0) })),
      expectedCloudSeconds: (flop) => flop,
    })
    // Layer 0 is ready two seconds after layer 1.
    expect(starts('layerwise', known(messageBytes))).toMatchObject({
      'fast/down/directions/1': 5,
      'fast/down/directions/0': 7,
      'slow/down/directions/0': 7,
      'slow/probe/0': 11,
      'slow/down/directions/1': 11,
      'slow/probe/1': 15,
    })
    expect(starts('layerwise', known([100, 50]))).toMatchObject({ 'slow/down/directions/1': 5, 'slow/down/directions/0': 7 })
    expect(starts('layerwise', known([0, 100]))).toMatchObject({ 'slow/down/directions/1': 5, 'slow/probe/0': 7, 'slow/probe/1': 11 })
  })

  test.each(['overlapped', 'layerwise'] as const)(
    '%s probes at once what needs nothing of this round, and updates when all has arrived',
    (policy) => {
      const late = { ...example, messageBytes: [2000, 2000], probesNeed: 'nothing' } as const
      const at = starts(policy, late)
      expect(at).toMatchObject({ 'fast/probe/0': 0, 'fast/probe/1': 3, 'slow/probe/1': 4 })
      const { entries } = simulateRound(late, policy).schedule
      const arrived = Math.max(...entries.filter(({ id }) => id.startsWith('slow/down/directions')).map(({ available }) => available))
      expect(at['slow/down/update']).toBe(arrived)
    },
  )

  test('phones of one cell send and receive one after another', () => {
    const cell = { ...example, phones: example.phones.map((phone) => ({ ...phone, cell: 'tower' })) }
    expect(starts('overlapped', cell)).toMatchObject({ 'fast/down/directions': 8, 'slow/down/directions': 10 })
    expect(simulateRound(cell, 'overlapped').metrics.lanes.map(({ lane }) => lane)).toContain('cell/tower/downlink')
  })

  test('never take longer the less they wait, on links of constant goodput', () => {
    fc.assert(
      fc.property(roundWork, (work) => {
        const [sequential, overlapped, layerwise] = (['sequential', 'overlapped', 'layerwise'] as const).map(
          (policy) => simulateRound(work, policy).metrics.makespanSeconds,
        ) as [number, number, number]
        expect(sequential).toBeGreaterThanOrEqual(overlapped - 1e-9)
        expect(overlapped).toBeGreaterThanOrEqual(layerwise - 1e-9)
      }),
      { numRuns: 500 },
    )
  })

  test('do the same computing and send the same bytes', () => {
    fc.assert(
      fc.property(roundWork, (work) => {
        const totals = POLICY_NAMES.map((policy) => {
          const { tasks, metrics } = simulateRound(work, policy)
          const busy = Object.fromEntries(metrics.lanes.map(({ lane, busySeconds }) => [lane, busySeconds]))
          return { bytes: tasks.reduce((sum, task) => sum + (task.bytes ?? 0), 0), busy }
        })
        for (const { bytes, busy } of totals) {
          expect(bytes).toBe(totals[0]!.bytes)
          for (const [lane, seconds] of Object.entries(totals[0]!.busy)) expect(busy[lane]).toBeCloseTo(seconds, 9)
        }
      }),
    )
  })

  test('hide no communication when everything waits, and some when it does not', () => {
    fc.assert(
      fc.property(roundWork, (work) => {
        const { overlapRatio } = simulateRound(work, 'sequential').metrics
        if (overlapRatio !== null) expect(overlapRatio).toBeCloseTo(0, 6)
      }),
    )
    expect(simulateRound(example, 'overlapped').metrics.overlapRatio).toBeGreaterThan(0.3)
    expect(simulateRound(example, 'layerwise').metrics.overlapRatio).toBeGreaterThan(
      simulateRound(example, 'overlapped').metrics.overlapRatio!,
    )
  })

  test('take longer layer by layer where each message pays for its latency on the link', () => {
    const phone = { ...example.phones[0]!, downSeconds: (bytes: number) => 10 + bytes / 100 }
    const work = { ...example, phones: [phone] }
    expect(simulateRound(work, 'layerwise').metrics.makespanSeconds).toBeGreaterThan(
      simulateRound(work, 'overlapped').metrics.makespanSeconds,
    )
  })

  test('let random probes run while directions are on their way, but for sequential', () => {
    const work = { ...example, phones: example.phones.map((phone) => ({ ...phone, unguidedProbeFlop: 2 })) }
    expect(POLICY_NAMES.map((policy) => starts(policy, work)['slow/probe/unguided'])).toEqual([16, 0, 0])
  })

  test('start probing at once in a round without guidance', () => {
    const work = { ...example, cloud: { forwardFlop: [], backwardFlop: [], encodeFlop: [] }, messageBytes: [] }
    for (const policy of POLICY_NAMES) {
      const begun = starts(policy, work)
      expect(begun).toMatchObject({
        'fast/probe/0': 0,
        'slow/probe/0': 0,
        'slow/up/scalars': 8,
        'cloud/update': policy === 'sequential' ? 9.5 : 9,
      })
      expect(Object.keys(begun).some((id) => id.includes('directions'))).toBe(false)
    }
  })

  test('continue from the end of the round before, with link costs asked for at that time', () => {
    const first = simulateRound(example, 'layerwise')
    const second = simulateRound(example, 'layerwise', first.endSeconds)
    expect(second.schedule.startSeconds).toBe(first.endSeconds)
    expect(second.endSeconds).toBeCloseTo(2 * first.endSeconds, 9)
    const slowing = { ...example, phones: example.phones.map((phone) => ({ ...phone, upSeconds: (_: number, at: number) => at })) }
    const entry = simulateRound(slowing, 'layerwise', 100).schedule.entries.find(({ id }) => id === 'slow/up/scalars')!
    expect(entry.end - entry.start).toBe(117)
  })

  test('refuse work whose lists disagree or whose costs are missing', () => {
    const wrong = (change: Partial<RoundWork>) => () => simulateRound({ ...example, ...change }, 'sequential')
    expect(wrong({ messageBytes: [1] })).toThrow('cloud.forwardFlop has 2 layers; messageBytes has 1')
    expect(wrong({ messageBytes: [1, NaN] })).toThrow('the message of layer 1 has NaN bytes')
    expect(wrong({ phones: [{ ...example.phones[0]!, probeFlop: [1] }] })).toThrow('phone fast probes 1 layers; messageBytes has 2')
    expect(wrong({ serverFlop: NaN })).toThrow('task cloud/update')
    expect(wrong({ phones: [{ ...example.phones[0]!, downSeconds: () => NaN }] })).toThrow('task fast/down/directions')
  })
})
