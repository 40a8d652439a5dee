import { describe, expect, test } from 'vitest'
import { ReplicaDiverged } from '#main/federation/run-parts.ts'
import { gradientCooper } from '#main/federation/methods/cooper-by-gradient.ts'
import { fedmezo } from '#main/federation/methods/fedmezo.ts'
import type { Method } from '#main/federation/methods/method.ts'
import { readUpdate } from '#main/wire/update-frame.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { Direction } from '#main/wire/direction.ts'
import { basis, own } from '#main/wire/direction-request.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { FakeCloud, FakePhones, only, ran, scenarioOf } from './fakes.ts'

const guidedOnly = (): Method =>
  gradientCooper({ randomDirections: 0, guidance: 'always', mixing: 'switch', shrink: false, directions: 'class', monitors: 2 })
const hybrid = (): Method =>
  gradientCooper({ randomDirections: 2, guidance: 'earned', mixing: 'hybrid', shrink: false, directions: 'class', monitors: 2 })
const rounds = (count: number, rest: object = {}) =>
  scenarioOf({ method: { kind: 'cooper', optimiser: 'adam' }, stop: { rounds: count, ...rest } })

describe('stop rules', () => {
  test('all rounds are run where nothing else stops', async () => {
    const { result, events } = await ran(guidedOnly(), rounds(4))
    expect(result.stoppedBy).toBe('rounds')
    expect(only(events, 'round-finished').map(({ round }) => round)).toEqual([1, 2, 3, 4])
    expect(only(events, 'evaluated').map(({ round }) => round)).toEqual([0, 1, 2, 3, 4])
  })

  test('the target accuracy stops at the round that reaches it', async () => {
    const cloud = new FakeCloud([0.3, 0.4, 0.7, 0.8])
    const { result, events } = await ran(guidedOnly(), rounds(9, { targetAccuracy: 0.7 }), { cloud })
    expect(result.stoppedBy).toBe('target')
    expect(only(events, 'round-finished').length).toBe(2)
  })

  test('the target does not stop where it is only watched', async () => {
    const cloud = new FakeCloud([0.9])
    const { result, events } = await ran(guidedOnly(), rounds(3, { targetAccuracy: 0.7, atTarget: false }), { cloud })
    expect(result.stoppedBy).toBe('rounds')
    expect(only(events, 'round-finished').length).toBe(3)
  })

  test('forward passes per phone are counted, not those of the fleet', async () => {
    // Two guided directions: 4 passes per phone and round.
    const { result, events } = await ran(guidedOnly(), rounds(9, { forwardPasses: 12 }))
    expect(result.stoppedBy).toBe('forwardPasses')
    expect(only(events, 'round-finished').length).toBe(3)
  })

  test('virtual time stops after the round that passes it', async () => {
    const whole = await ran(guidedOnly(), rounds(5))
    const ends = only(whole.events, 'round-finished').map(({ virtualSeconds }) => virtualSeconds)
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
    const { result, events } = await ran(guidedOnly(), rounds(5, { virtualSeconds: ends[2]! }))
    expect(result.stoppedBy).toBe('virtualSeconds')
    expect(only(events, 'round-finished').length).toBe(3)
  })

  test('an interruption ends the run after the round in progress', async () => {
    const events: LabEvent[] = []
    const { result } = await ran(guidedOnly(), rounds(9), {
      events,
      steering: { beforeRound: async () => [], interrupted: () => only(events, 'round-finished').length >= 2 },
    })
    expect(result.stoppedBy).toBe('interrupted')
    expect(only(events, 'round-finished').length).toBe(2)
  })

  test('accuracy is measured every few rounds, and always at the end', async () => {
    const scenario = scenarioOf({ stop: { rounds: 7 }, evaluation: { every: 3 } })
    const { events } = await ran(guidedOnly(), scenario)
    expect(only(events, 'evaluated').map(({ round }) => round)).toEqual([0, 3, 6, 7])
    const early = await ran(guidedOnly(), scenarioOf({ stop: { rounds: 9, forwardPasses: 16 }, evaluation: { every: 3 } }))
    expect(only(early.events, 'evaluated').map(({ round }) => round)).toEqual([0, 3, 4])
  })
})

describe('a round', () => {
  test('sends the directions to the phones before it asks them to probe, and one update to everybody', async () => {
    const { phones, cloud } = await ran(hybrid(), rounds(2))
    expect(phones.calls.filter((call) => call.startsWith('direction')).length).toBe(4)
    const directions = [basis(), own(2, { projected: true })]
    expect(phones.requests).toEqual([
      { round: 1, directions },
      { round: 2, directions },
    ])
    expect(phones.updates).toEqual(cloud.updates)
  })

  test('writes the mean of the guided coefficients and every random one into the update, by the index of its phone', async () => {
    const { cloud } = await ran(hybrid(), rounds(1))
    const { terms, learningRate } = readUpdate(cloud.updates[0]!)
    const coefficients = terms.map(({ coefficient }) => coefficient)
    // Phone i answers (i + 1) (k + 1) / 8 for k = 0..3; the first two are guided.
    expect(coefficients.slice(0, 2)).toEqual([0.25, 0.5])
    // Six random directions explain so much of a gradient of 63 elements.
    const share = 6 / (6 + 63 + 1)
    const expected = [0, 1, 2].flatMap((phone) => [3, 4].map((k) => (((phone + 1) * k * 0.125) / 6) * share))
    coefficients.slice(2).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
    const random = [0, 1, 2].flatMap((owner) =>
      [0, 1].map((index): Direction => ({ kind: 'seeded', owner, round: 1, index, projected: true })),
    )
    expect(terms.map(({ direction }) => direction)).toEqual([{ kind: 'basis', index: 0 }, { kind: 'basis', index: 1 }, ...random])
    expect(learningRate).toBe(0.01)
  })

  test('weighs phones by their private rows, among those that answered', async () => {
    const phones = new FakePhones(3, { silent: (_, phone) => phone === 1 })
    const { cloud } = await ran(guidedOnly(), rounds(1), { phones, privateRows: [30, 50, 10] })
    // Phones 0 and 2 measured 1/8 and 3/8 along the first direction.
    expect(readUpdate(cloud.updates[0]!).terms[0]!.coefficient).toBeCloseTo(0.75 * 0.125 + 0.25 * 0.375, 6)
  })

  test('asks for as many bits per layer as the controller chose', async () => {
    const { cloud, events } = await ran(guidedOnly(), rounds(2))
    expect(cloud.guided).toEqual([
      { round: 1, bits: [4, 4, 4] },
      { round: 2, bits: [4, 4, 4] },
    ])
    expect(only(events, 'bits-chosen')[0]).toMatchObject({ bits: [4, 4, 4] })
    expect(only(events, 'bits-chosen')[0]!.why.every((words) => words.length > 0)).toBe(true)
  })

  test('without guidance troubles the cloud with nothing but the update', async () => {
    const { cloud, phones, events } = await ran(fedmezo(3), scenarioOf({ stop: { rounds: 2 }, method: { kind: 'fedmezo' } }))
    expect(cloud.guided).toEqual([])
    expect(phones.calls.filter((call) => call.startsWith('direction'))).toEqual([])
    expect(cloud.updates.length).toBe(2)
    expect(only(events, 'bits-chosen')).toEqual([])
  })

  test('lowers the learning rate in a straight line that would reach zero after the last round', async () => {
    const rates = (events: LabEvent[]): number[] => only(events, 'update-applied').map(({ learningRate }) => learningRate)
    const { events, cloud } = await ran(guidedOnly(), rounds(4))
    expect(rates(events)).toEqual([0.01, 0.0075, 0.005, 0.0025])
    expect(cloud.updates.map((bytes) => readUpdate(bytes).learningRate)).toEqual(rates(events))
    const longer = scenarioOf({ stop: { rounds: 3 }, method: { kind: 'cooper', horizonRounds: 2, learningRate: 1 } })
    expect(rates((await ran(guidedOnly(), longer)).events)).toEqual([1, 0.5, 0])
  })

  test('counts the bytes that were encoded: every direction and the update down, the scalars up', async () => {
    const { events, phones, cloud } = await ran(guidedOnly(), rounds(1))
    const directions = phones.calls
      .filter((call) => call.startsWith('direction'))
      .reduce((sum, call) => sum + Number(call.split(' ')[1]), 0)
    const reports = only(events, 'phone-reported')
    expect(reports.map(({ phone }) => phone)).toEqual([0, 1, 2])
    for (const { bytesDown, bytesUp, forwardPasses, phone, loss } of reports) {
      expect(bytesDown).toBe(directions + cloud.updates[0]!.length)
      expect(bytesUp).toBeGreaterThan(2 * 4)
      expect(bytesUp).toBeLessThan(100)
      expect(forwardPasses).toBe(4)
      expect(loss).toBe(1 + phone)
    }
  })

  test('is charged for exactly the bytes that the link carried', async () => {
    const { events } = await ran(guidedOnly(), rounds(1))
    const { tasks } = only(events, 'round-scheduled')[0]!
    const [report] = only(events, 'phone-reported')
    const sum = (kind: string): number =>
      tasks.filter((task) => task.kind === kind && task.device === 'phone-0').reduce((total, { bytes }) => total + bytes!, 0)
    expect(sum('transfer-down')).toBe(report!.bytesDown)
    expect(sum('transfer-up')).toBe(report!.bytesUp)
  })
})

describe('phones that fail', () => {
  test('in the middle of a round are left out of its mean and its update', async () => {
    const phones = new FakePhones(3, { silent: (round, phone) => round === 2 && phone === 1 })
    const { cloud, events, result } = await ran(guidedOnly(), rounds(3), { phones })
    expect(result.stoppedBy).toBe('rounds')
    // Of phones 0 and 2 in round 2 the same mean as of all three.
    for (const bytes of cloud.updates) expect(readUpdate(bytes).terms.map(({ coefficient }) => coefficient)).toEqual([0.25, 0.5])
    expect(only(events, 'phone-reported').map(({ round, phone }) => [round, phone])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 2],
      [3, 0],
      [3, 1],
      [3, 2],
    ])
  })

  test('at the start of a round are not among its phones', async () => {
    const phones = new FakePhones(3, { absent: (round, phone) => round === 2 && phone === 0 })
    const { events } = await ran(guidedOnly(), rounds(2), { phones })
    expect(only(events, 'round-started').map((event) => event.phones)).toEqual([
      [0, 1, 2],
      [1, 2],
    ])
  })

  test('all together end the run', async () => {
    const none = new FakePhones(3, { absent: (round) => round === 2 })
    await expect(ran(guidedOnly(), rounds(3), { phones: none })).rejects.toThrow('round 2: no phone is left')
    const silent = new FakePhones(3, { silent: (round) => round === 1 })
    await expect(ran(guidedOnly(), rounds(3), { phones: silent })).rejects.toThrow('round 1: no phone answered')
  })

  test('all at once are asked again once they are back, without new guidance', async () => {
    let lost = 0
    const phones = new FakePhones(2, { silent: (round) => round === 2 && lost++ < 2 })
    const { cloud, events } = await ran(guidedOnly(), rounds(3), { phones })
    expect(cloud.updates.length).toBe(3)
    expect(events.filter(({ kind }) => kind === 'bits-chosen').length).toBe(3)
    expect(phones.requests.map(({ round }) => round)).toEqual([1, 2, 2, 3])
  })

  test('by other parameters than the cloud has end the run, naming the phone and the round', async () => {
    const phones = new FakePhones(3, { diverges: { phone: 1, round: 2 } })
    const run = ran(guidedOnly(), rounds(3), { phones })
    await expect(run).rejects.toBeInstanceOf(ReplicaDiverged)
    await expect(run).rejects.toThrow(/round 2: phone 1 .*other/)
  })
})

describe('the digest', () => {
  const digest = async (method: Method, change: object = {}, parts: object = {}): Promise<string> =>
    (await ran(method, scenarioOf({ stop: { rounds: 3 }, ...change }), parts)).result.digest

  test('is equal for equal runs', async () => {
    expect(await digest(guidedOnly())).toBe(await digest(guidedOnly()))
    expect(await digest(guidedOnly())).toMatch(/^[0-9a-f]{32}$/)
  })

  test('tells rounds, accuracy, parameters and missing phones', async () => {
    const digests = [
      await digest(guidedOnly()),
      await digest(guidedOnly(), { stop: { rounds: 4 } }),
      await digest(guidedOnly(), {}, { cloud: new FakeCloud([0.5, 0.6]) }),
      await digest(guidedOnly(), { method: { kind: 'cooper', learningRate: 0.02 } }),
      await digest(guidedOnly(), {}, { phones: new FakePhones(3, { silent: (round, phone) => round === 3 && phone === 2 }) }),
      await digest(hybrid()),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })

  test.each(['overlapped', 'layerwise'] as PolicyName[])('is the same under the %s schedule, which changes time only', async (policy) => {
    const one = await ran(guidedOnly(), rounds(3), { policy: 'sequential' })
    const other = await ran(guidedOnly(), rounds(3), { policy })
    expect(other.cloud.updates).toEqual(one.cloud.updates)
    const starts = (events: LabEvent[]): number[] =>
      only(events, 'round-scheduled').flatMap(({ tasks }) => tasks.map((t) => t.startSeconds))
    expect(starts(other.events)).not.toEqual(starts(one.events))
    expect(other.result.digest).toBe(one.result.digest)
  })
})

test('the cloud alone takes a step per round, and no phone is asked', async () => {
  const phones = new FakePhones()
  const { events, result } = await ran(null, scenarioOf({ stop: { rounds: 2 }, method: { kind: 'cloud-only', learningRate: 1 } }), {
    phones,
  })
  expect(result.stoppedBy).toBe('rounds')
  expect(only(events, 'update-applied').map(({ source, digest, learningRate }) => [source, digest, learningRate])).toEqual([
    ['cloud', 'step 1', 1],
    ['cloud', 'step 2', 0.5],
  ])
  expect(only(events, 'round-finished').at(-1)!.virtualSeconds).toBeGreaterThan(0)
  expect(phones.requests).toEqual([])
})
