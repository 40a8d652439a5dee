/** Simulates a round on the emulated hardware, with the event that describes it. */
import { describeMetrics, describeTasks } from '#main/timeline/describe-round.ts'
import type { RoundScheduled } from '#main/timeline/recorded-round.ts'
import type { RoundAmounts } from '#main/timeline/round-work.ts'
import { type SimulatedRound, simulateRound } from '#main/timeline/simulate-round.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { Hardware } from './hardware.ts'

export interface TimedRound extends SimulatedRound {
  readonly event: Omit<RoundScheduled, 'kind' | 'round'>
}

/** Simulates a round, which warms the hardware up. */
export function timeRound(hardware: Hardware, amounts: RoundAmounts, policy: PolicyName, startSeconds: number): TimedRound {
  const before = hardware.heat
  const simulated = simulateRound(hardware.work(amounts), policy, startSeconds)
  const { tasks, schedule, metrics, endSeconds } = simulated
  const phones = amounts.phones.map(({ id }) => id)
  return {
    ...simulated,
    event: {
      startSeconds,
      endSeconds,
      tasks: describeTasks(tasks, schedule, metrics.criticalPath),
      overlapRatio: metrics.overlapRatio ?? 0,
      policy,
      metrics: describeMetrics(metrics),
      devices: hardware.describe(phones, before, endSeconds),
      probesNeed: amounts.probesNeed,
      messageBytes: amounts.messageBytes,
    },
  }
}
