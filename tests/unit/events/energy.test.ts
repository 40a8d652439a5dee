import { expect, test } from 'vitest'
import type { DeviceState } from '#shared/events/device-state.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

const scenario = parseScenario({ model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet: [{ profile: 'pixel-4' }] }, 'test')
const cap = { bytes: 1000, mechanism: 'rlimit-data', enforced: true }
const phone = (id: string) => ({ id, profile: 'pixel-4', link: 'lte', rows: 10, cap })
const state = (device: string, heat: number, energyJoules: number, totalJoules: number): DeviceState => ({
  device,
  heat,
  before: { heat: 0, atSeconds: 0 },
  energyJoules,
  totalJoules,
  batteryShare: device === 'cloud' ? null : 1 - totalJoules / 1000,
})
const scheduled = (round: number, devices: DeviceState[]): LabEvent[] => [
  { kind: 'round-started', round, plan: { guidance: true, guided: true, random: 0, shared: 0 }, phones: [0, 1] },
  { kind: 'round-scheduled', round, startSeconds: 0, endSeconds: 1, tasks: [], overlapRatio: 0, devices },
  { kind: 'evaluated', round, accuracy: 0.5, loss: 1, rows: 5 },
]

test('phones show their heat, their battery and what they spent; a measurement what the fleet spent without the cloud', () => {
  const events: LabEvent[] = [
    {
      kind: 'session-started',
      session: 's',
      scenario,
      phones: [phone('a'), phone('b')],
      labels: [],
      parameters: 1,
      layers: 1,
      rows: { train: 1, public: 1, test: 1 },
      fresh: [],
    },
    ...scheduled(1, [state('cloud', 0, 500, 500), state('a', 0.2, 20, 20), state('b', 0.1, 10, 10)]),
    // b was not asked in this round.
    ...scheduled(2, [state('cloud', 0, 500, 1000), state('a', 0.3, 30, 50)]),
  ]
  const { phones, history } = new Projection().addAll(events).view
  expect(phones.map(({ heat, energyJoules, batteryShare }) => [heat, energyJoules, batteryShare])).toEqual([
    [0.3, 50, 0.95],
    [0.1, 10, 0.99],
  ])
  expect(history.map(({ energyJoules }) => energyJoules)).toEqual([30, 60])
})
