/** Numbers of phones that change while a run goes on. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Hardware, type TimedPhone } from '#main/federation/hardware.ts'
import { fedmezo } from '#main/federation/methods/fedmezo.ts'
import { type PhoneChange, type Steering, untilAborted, withChanges } from '#main/federation/steering.ts'
import { SessionControl } from '#main/lab/session-control.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import { clockOf, only, ran, scenarioOf } from './fakes.ts'

const profile: DeviceProfile = {
  id: 'p',
  name: 'p',
  kind: 'phone',
  ramBytes: 1,
  gflops: 1,
  thermal: { floor: 0.5, tauSeconds: 10 },
  energyJoulesPerGflop: 1,
  batteryWattHours: 1,
  source: '',
  estimated: [],
}
const link = { downBitsPerSecond: 8e6, upBitsPerSecond: 8e6, roundTripSeconds: 0.1, lossRate: 0 }
const trace = { startSeconds: [0, 10, 20], downBitsPerSecond: [1e6, 2e6, 0], upBitsPerSecond: [1e6, 2e6, 0] }
const hardware = (...phones: Partial<TimedPhone>[]): Hardware =>
  new Hardware(
    profile,
    phones.map((own, i) => ({ id: `phone-${i}`, profile, link, ...own })),
    1,
  )
const seconds = (of: Hardware, phone: number): number => of.link(phone).sendingSeconds('down', 1e6, 0)

describe('hardware whose numbers change', () => {
  test('has a link of the new numbers, and of the old ones in everything else', () => {
    const phones = hardware({}, {})
    phones.tune({ phone: 0, change: { downMbps: 1, rttMs: 300 } })
    expect([0, 1].map((phone) => seconds(phones, phone))).toEqual([8, 1])
    expect(phones.link(0).nominalLatencySeconds).toBe(0.15)
    phones.tune({ phone: 0, change: { lossRate: 0 } })
    expect(seconds(phones, 0)).toBe(8)
    expect(phones.link(0).nominalLatencySeconds).toBe(0.15)
  })

  test('has a new bandwidth in place of a recorded one, and keeps the recording through any other change', () => {
    const phones = hardware({ link: { ...link, trace } })
    phones.tune({ phone: 0, change: { rttMs: 20 } })
    expect(seconds(phones, 0)).toBe(8)
    phones.tune({ phone: 0, change: { downMbps: 4 } })
    expect(seconds(phones, 0)).toBe(2)
    // The other direction is what the link's numbers say.
    expect(phones.link(0).goodputBitsPerSecond('up', 0)).toBe(8e6)
  })

  test('has one link for all phones of a cell, but not one processor', () => {
    const phones = hardware({ cell: 'tower' }, { cell: 'tower' }, {})
    expect(phones.tune({ phone: 1, change: { downMbps: 2, gflops: 7 } })).toEqual([
      { phone: 1, change: { downMbps: 2, gflops: 7 } },
      { phone: 0, change: { downMbps: 2 } },
    ])
    expect([0, 1, 2].map((phone) => seconds(phones, phone))).toEqual([4, 4, 1])
    expect([0, 1, 2].map((phone) => phones.phone(phone).profile.gflops)).toEqual([1, 7, 1])
    expect(phones.tune({ phone: 0, change: { gflops: 3 } })).toEqual([{ phone: 0, change: { gflops: 3 } }])
  })

  test('stays as warm as it is', () => {
    const amounts = (flop: number) => ({
      cloud: { forwardFlop: [], backwardFlop: [], encodeFlop: [] },
      probesNeed: 'nothing' as const,
      messageBytes: [],
      phones: [{ id: 'phone-0', probeFlop: [], upBytes: 0, updateDownBytes: 0, updateFlop: flop }],
      serverFlop: 0,
    })
    const phones = hardware({})
    phones.work(amounts(0)).phones[0]!.pace(1e12, 0)
    const warm = phones.heat.get('phone-0')!
    phones.tune({ phone: 0, change: { gflops: 2 } })
    expect(phones.heat.get('phone-0')).toEqual(warm)
    // Hot, half the speed is left of twice the speed.
    expect(phones.work(amounts(0)).phones[0]!.pace(1e9, warm.seconds)).toBeCloseTo(1, 6)
  })

  test('knows its phones', () => {
    expect(() => hardware({}).tune({ phone: 1, change: { gflops: 2 } })).toThrow('phone 1 of 1')
  })
})

describe('a run whose phones are tuned', () => {
  const method = { kind: 'fedmezo', randomDirections: 4 }
  const scenario = scenarioOf({ method, stop: { rounds: 5 }, federation: { deadlineSeconds: 30 } })
  const slower: PhoneOverrides = { gflops: 0.5, downMbps: 0.01 }
  const run = async (changes: readonly (PhoneChange & { round: number })[]) =>
    ran(fedmezo(4), scenario, { steering: withChanges(changes, untilAborted(new AbortController().signal)) })

  test('tells each change at the beginning of the first round in which it holds, with the virtual time', async () => {
    const control = new SessionControl()
    const { events } = await ran(fedmezo(4), scenarioOf({ method, stop: { rounds: 3 } }), {
      steering: {
        beforeRound: async (round) => {
          if (round === 2) control.tune([0, 2], slower)
          return control.beforeRound()
        },
        interrupted: () => control.interrupted(),
      },
    })
    const [first, second, third] = only(events, 'round-scheduled')
    expect(only(events, 'phone-tuned')).toEqual(
      [0, 2].map((phone) => ({ kind: 'phone-tuned', phone, round: 2, atSeconds: first!.endSeconds, change: slower })),
    )
    const place = events.findIndex(({ kind }) => kind === 'phone-tuned')
    expect(events.findIndex((event) => event.kind === 'round-finished' && event.round === 1)).toBe(place - 1)
    expect(events.findIndex((event) => event.kind === 'round-started' && event.round === 2)).toBe(place + 2)
    const took = (round: typeof first): number => round!.endSeconds - round!.startSeconds
    expect(took(second)).toBeGreaterThan(10 * took(first))
    expect(took(third)).toBeGreaterThan(10 * took(first))
  })

  test('computes the same again with the same changes at the same rounds, and something else without them', async () => {
    const changes = [
      { round: 2, phone: 0, change: slower },
      { round: 4, phone: 0, change: { gflops: 80, downMbps: 10 } },
    ]
    const [first, again, plain, later] = [await run(changes), await run(changes), await run([]), await run([{ ...changes[0]!, round: 3 }])]
    expect(again.result).toEqual(first.result)
    expect(again.events).toEqual(first.events)
    // The slower phone misses the deadline while it is slow.
    expect(only(first.events, 'phone-skipped').map(({ round }) => round)).toEqual([2, 3])
    expect(plain.result.digest).not.toBe(first.result.digest)
    expect(later.result.digest).not.toBe(first.result.digest)
  })

  test('can be made again from what it told', async () => {
    const first = await run([{ round: 3, phone: 1, change: slower }])
    const told = only(first.events, 'phone-tuned').map(({ round, phone, change }) => ({ round, phone, change }))
    expect((await run(told)).events).toEqual(first.events)
  })

  test('can be made again from what it told, whichever phones share a cell and whatever was changed when', async () => {
    const cell = fc.option(fc.constantFrom('north', 'south'), { nil: undefined })
    const change = fc.record(
      { gflops: fc.constantFrom(0.5, 4), downMbps: fc.constantFrom(0.5, 9), rttMs: fc.constantFrom(20, 400) },
      { requiredKeys: [] },
    )
    const made = fc.record({ round: fc.integer({ min: 1, max: 5 }), phone: fc.integer({ min: 0, max: 2 }), change })
    await fc.assert(
      fc.asyncProperty(fc.tuple(cell, cell, cell), fc.array(made, { minLength: 1, maxLength: 6 }), async (cells, changes) => {
        const cellRun = async (beforeRound: Steering['beforeRound']) => {
          const joined = new Hardware(
            profile,
            cells.map((own, i) => ({ id: `phone-${i}`, profile, link, ...(own === undefined ? {} : { cell: own }) })),
            1,
          )
          const { events } = await ran(fedmezo(4), scenario, {
            clock: clockOf('sequential', 3, undefined, 1, joined),
            steering: { beforeRound, interrupted: () => false },
          })
          return events
        }
        const first = await cellRun(async (round) =>
          changes.filter((own) => own.round === round).map(({ phone, change: own }) => ({ phone, change: own })),
        )
        const told = only(first, 'phone-tuned')
        const steering = withChanges(told, untilAborted(new AbortController().signal))
        expect(await cellRun((round) => steering.beforeRound(round))).toEqual(first)
      }),
      { numRuns: 30 },
    )
  })
})

test('a controller learns of a changed link by measuring it', () => {
  const clock = clockOf('sequential', 1)
  const facts = { phone: 0, work: [{ sequences: 1, tokens: 8, guidedPasses: 2, otherPasses: 0 }], bytesUp: 10, updateBytes: 1000 }
  const cloud = { batches: [{ sequences: 1, tokens: 8 }], layerBytes: [1000, 1000, 1000] }
  expect(clock.goodput.samples(0)).toEqual([12e6])
  clock.tune({ phone: 0, change: { downMbps: 1 } })
  expect(clock.goodput.now(0, [0], clock.seconds)).toBe(1e6)
  clock.round(cloud, [facts])
  expect(clock.goodput.samples(0).at(-1)).toBeCloseTo(1e6, 0)
  clock.tune({ phone: 0, change: { downMbps: 3 } })
  expect(clock.goodput.samples(0).at(-1)).toBeCloseTo(1e6, 0)
  clock.round(cloud, [facts])
  expect(clock.goodput.samples(0).map((x) => Math.round(x / 1e4))).toEqual([100, 300])
})
