import { describe, expect, test } from 'vitest'
import type { PhoneWork, RoundWork } from '#main/timeline/round-work.ts'
import { simulateRound } from '#main/timeline/simulate-round.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'

/** One FLOP is a second. */
const pace = (flop: number) => flop
const phone = (id: string, change: Partial<PhoneWork> = {}): PhoneWork => ({
  id,
  downSeconds: (bytes) => bytes,
  upSeconds: (bytes) => bytes,
  pace,
  probeFlop: [1],
  upBytes: 1,
  updateDownBytes: 1,
  updateFlop: 1,
  ...change,
})
const work = (phones: PhoneWork[], change: Partial<RoundWork> = {}): RoundWork => ({
  cloud: { forwardFlop: [], backwardFlop: [], encodeFlop: [] },
  probesNeed: 'nothing',
  messageBytes: [],
  phones,
  serverFlop: 1,
  cloudPace: pace,
  encodePace: pace,
  ...change,
})
const policies: PolicyName[] = ['sequential', 'overlapped', 'layerwise']

describe.each(policies)('under the %s policy', (policy) => {
  const startOf = (of: RoundWork, id: string): number => simulateRound(of, policy).schedule.entries.find((entry) => entry.id === id)!.start

  test('a phone probes after it got what it missed', () => {
    const phones = [phone('a', { missedBytes: 5 }), phone('b')]
    expect(startOf(work(phones), 'a/probe/0')).toBe(5)
    expect(startOf(work(phones), 'b/probe/0')).toBe(0)
  })

  test('the server waits until the deadline, and no longer than for the answers that come', () => {
    const all = startOf(work([phone('a')]), 'cloud/update')
    expect(startOf(work([phone('a')], { serverFromSeconds: 30 }), 'cloud/update')).toBe(30)
    expect(startOf(work([phone('a')], { serverFromSeconds: 0.5 }), 'cloud/update')).toBe(all)
  })
})
