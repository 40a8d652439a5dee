import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeTasks } from '#main/timeline/describe-round.ts'
import { recordedAmounts } from '#main/timeline/recorded-round.ts'
import { simulateRound } from '#main/timeline/simulate-round.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { roundWork } from './arbitrary-graph.ts'

const policy = fc.constantFrom<PolicyName>('sequential', 'overlapped', 'layerwise')

test('a round read back from the event of its schedule takes the same under every policy', () => {
  fc.assert(
    fc.property(roundWork, policy, policy, (work, recorded, other) => {
      const { tasks, schedule, metrics } = simulateRound(work, recorded, 5)
      const event = {
        kind: 'round-scheduled',
        round: 1,
        startSeconds: 5,
        endSeconds: schedule.endSeconds,
        tasks: describeTasks(tasks, schedule, metrics.criticalPath),
        overlapRatio: 0,
        policy: recorded,
        probesNeed: work.probesNeed,
        messageBytes: work.messageBytes,
      } as const
      const amounts = recordedAmounts(structuredClone(event))!
      const again = { ...work, ...amounts, phones: amounts.phones.map((own, i) => ({ ...work.phones[i]!, ...own })) }
      expect(simulateRound(again, other, 5).schedule).toEqual(simulateRound(work, other, 5).schedule)
    }),
  )
})

test('of work that no policy scheduled nothing is read', () => {
  expect(recordedAmounts({ kind: 'round-scheduled', round: 1, startSeconds: 0, endSeconds: 1, tasks: [], overlapRatio: 0 })).toBeNull()
})
