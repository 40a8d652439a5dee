import { expect, test } from 'vitest'
import { fedmezo } from '#main/federation/methods/fedmezo.ts'
import { cooper } from '#main/federation/methods/cooper.ts'
import { untilAborted, withChanges } from '#main/federation/steering.ts'
import { scheduleOf } from './schedule-of.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { clockOf, hardwareDescription, only, ran, scenarioOf } from '../federation/fakes.ts'

const guided = { randomDirections: 2, guidance: 'earned', mixing: 'hybrid', shrink: false, directions: 'class', monitors: 2 } as const
const changes = [{ round: 2, phone: 1, change: { downMbps: 0.2, gflops: 2 } }]

/** Sessions that differ only in their policy learn the same and take different times. */
const session = async (policy: PolicyName): Promise<LabEvent[]> => {
  const scenario = scenarioOf({ stop: { rounds: 3 }, schedule: { policy } })
  const { events } = await ran(cooper(guided), scenario, {
    clock: clockOf(policy),
    steering: withChanges(changes, untilAborted(new AbortController().signal)),
  })
  const phones = ['phone-0', 'phone-1', 'phone-2'].map((id) => ({
    id,
    profile: '',
    link: '',
    rows: 10,
    cap: { bytes: 1, mechanism: '', enforced: true },
  }))
  const facts = {
    session: 's',
    scenario,
    phones,
    labels: [],
    parameters: 63,
    layers: 2,
    rows: { train: 30, public: 3, test: 5 },
    fresh: [],
  }
  return [{ kind: 'session-started', ...facts, hardware: hardwareDescription(3) }, ...structuredClone(events)]
}

test('a round is scheduled under another policy as that policy would have scheduled it', async () => {
  for (const recorded of ['sequential', 'overlapped', 'layerwise'] as const) {
    const events = await session(recorded)
    for (const other of ['sequential', 'overlapped', 'layerwise'] as const) {
      // Its first round starts at the same moment with the same heat.
      const theirs = only(await session(other), 'round-scheduled')[0]!
      const ours = scheduleOf(events, 1, other)!
      expect(ours).toEqual(theirs)
    }
  }
})

test('a later round starts when and as warm as it did, on the links it had then', async () => {
  const events = await session('layerwise')
  const event = only(events, 'round-scheduled')[2]!
  const { devices, ...rest } = scheduleOf([...events.slice(0, -1), events.at(-1)!], 3, 'layerwise')!
  expect(scheduleOf(events, 3)).toBe(event)
  const { devices: told, ...telling } = event
  expect(rest).toEqual(telling)
  expect(devices).toEqual(told)
  const sequential = scheduleOf(events, 3, 'sequential')!
  expect(sequential.startSeconds).toBe(event.startSeconds)
  expect(sequential.endSeconds).toBeGreaterThan(event.endSeconds)
  expect(sequential.policy).toBe('sequential')
  const down = (id: string) => sequential.tasks.find((task) => task.id === id)!
  const { startSeconds, endSeconds, bytes } = down('phone-1/down/directions')
  expect((bytes! * 8) / (endSeconds - startSeconds)).toBeCloseTo(0.2e6, 3)
})

test('a session that tells too little has no other schedule, nor has one that never was', async () => {
  const events = await session('layerwise')
  const older = events.map((event) => (event.kind === 'session-started' ? { ...event, hardware: undefined } : event)) as LabEvent[]
  expect(scheduleOf(older, 1, 'sequential')).toBeNull()
  expect(scheduleOf(older, 1)).not.toBeNull()
  expect(scheduleOf(events, 9)).toBeNull()
  const bare = await ran(fedmezo(2), scenarioOf({ method: { kind: 'fedmezo' }, stop: { rounds: 1 } }))
  expect(scheduleOf(bare.events, 1, 'overlapped')).toBeNull()
})
