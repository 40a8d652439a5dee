/** Rounds of phones in the field, with phones that only keep account. Phone 1 is the slow one on the slow link. */
import { describe, expect, test } from 'vitest'
import { AsynchronousRun } from '#main/federation/asynchronous-run.ts'
import { readTrace } from '#main/federation/field/availability.ts'
import { fedmezo } from '#main/federation/methods/fedmezo.ts'
import { SessionControl } from '#main/lab/session-control.ts'
import { fixedController } from '#main/network/controller/fixed.ts'
import { readUpdate } from '#main/wire/update-frame.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { FakeCloud, FakePhones, clockOf, layout, only, ran, scenarioOf } from '../fakes.ts'

const method = { kind: 'fedmezo', randomDirections: 4 }
const scenario = (federation: object, rounds = 3) => scenarioOf({ method, federation, stop: { rounds } })

/** Of the random directions of an update, term by term. */
const ownersOf = (update: Uint8Array) =>
  readUpdate(update).terms.flatMap(({ direction }) => (direction.kind === 'seeded' ? [[direction.owner, direction.round] as const] : []))

describe('a deadline', () => {
  test('leaves the late phone out of the update and ends the wait', async () => {
    const free = await ran(fedmezo(4), scenario({}, 1))
    const arrivals = only(free.events, 'round-scheduled')[0]!.tasks.filter(({ id }) => id.endsWith('/up/scalars'))
    const last = Math.max(...arrivals.map(({ endSeconds }) => endSeconds))
    const { events, cloud, phones } = await ran(fedmezo(4), scenario({ deadlineSeconds: last / 2 }))
    expect(only(events, 'phone-skipped').map(({ phone, reason }) => [phone, reason])).toEqual([1, 2, 3].map(() => [1, 'late']))
    expect(only(events, 'phone-skipped')[0]).toMatchObject({ forwardPasses: 8 })
    for (const update of cloud.updates) expect(new Set(ownersOf(update).map(([phone]) => phone))).toEqual(new Set([0, 2]))
    // It gets no update now, and is selected again in the next round.
    expect(phones.calls.filter((call) => call.startsWith('select')).slice(0, 3)).toEqual(['select 0,1,2', 'select 0,2', 'select 0,1,2'])
    const wait = only(events, 'round-scheduled')[0]!.tasks.find(({ id }) => id === 'cloud/deadline')!
    expect(wait.endSeconds).toBeCloseTo(last / 2, 9)
    expect(only(events, 'round-finished')[0]!.virtualSeconds).toBeLessThan(only(free.events, 'round-finished')[0]!.virtualSeconds)
  })

  test('lets everybody finish who makes it', async () => {
    const free = await ran(fedmezo(4), scenario({}))
    const generous = await ran(fedmezo(4), scenario({ deadlineSeconds: 1e6 }))
    expect(generous.result).toEqual(free.result)
    expect(only(generous.events, 'round-finished')).toEqual(only(free.events, 'round-finished'))
  })

  test('with elastic phones is made by asking the slow one for fewer directions', async () => {
    const wanted = await ran(fedmezo(4), scenario({}, 1))
    const seconds = only(wanted.events, 'round-finished')[0]!.virtualSeconds
    const { phones } = await ran(fedmezo(4), scenario({ deadlineSeconds: seconds / 2, elastic: true }, 1))
    const fewer = phones.fewer[0]!
    expect([...fewer.keys()]).toEqual([1])
    expect(fewer.get(1)).toBeLessThan(4)
  })
})

describe('federation without a word', () => {
  test('changes nothing', async () => {
    const without = await ran(fedmezo(4), scenarioOf({ method, stop: { rounds: 3 } }))
    const withIt = await ran(fedmezo(4), scenario({}))
    expect(withIt.result).toEqual(without.result)
    expect(withIt.events).toEqual(without.events)
  })
})

describe('dropout', () => {
  test('that takes all phones makes the round draw again', async () => {
    const { events } = await ran(fedmezo(4), scenario({ clientsPerRound: 1, dropout: 0.5 }, 8))
    const dropped = only(events, 'phone-skipped')
    expect(dropped.length).toBeGreaterThan(0)
    // One phone is asked at a time, so every one that was lost was followed by another draw.
    expect(only(events, 'phone-reported').length).toBe(8)
    expect(only(events, 'update-applied').length).toBe(8)
  })

  test('again and again ends the run', async () => {
    await expect(ran(fedmezo(4), scenario({ clientsPerRound: 1, dropout: 0.999 }))).rejects.toThrow(/round 1: no phone answered/)
  })
})

describe('availability', () => {
  const trace = (text: string) => readTrace(text, 'trace.csv', ['phone-0', 'phone-1', 'phone-2'])

  test('decides who is asked, and names who is not there', async () => {
    const availability = trace('phone-0,0,inf\nphone-1,5,6\nphone-2,0,inf')
    const { events } = await ran(fedmezo(4), scenario({}, 1), { availability })
    expect(only(events, 'round-started')[0]!.phones).toEqual([0, 2])
    expect(only(events, 'phone-skipped')[0]).toMatchObject({ phone: 1, reason: 'unavailable', words: 'was not available' })
  })

  test('is waited for in virtual time where nobody is there', async () => {
    const availability = trace('phone-0,100,inf\nphone-1,300,inf\nphone-2,200,inf')
    const { events } = await ran(fedmezo(4), scenario({}, 1), { availability })
    expect(only(events, 'round-started')[0]!.phones).toEqual([0])
    expect(only(events, 'round-scheduled')[0]!.startSeconds).toBe(100)
  })

  test('that is over for good ends the run', async () => {
    const availability = trace('phone-0,0,0.001\nphone-1,0,0.001\nphone-2,0,0.001')
    await expect(ran(fedmezo(4), scenario({}), { availability })).rejects.toThrow(/round 2: no phone is ever available again/)
  })
})

describe('buffered aggregation', () => {
  const buffered = async (federation: object, rounds = 6, phones = new FakePhones()) => {
    const events: LabEvent[] = []
    const cloud = new FakeCloud()
    const all = { aggregation: { kind: 'buffered', bufferSize: 2, ...federation } }
    const run = new AsynchronousRun({
      scenario: scenario(all, rounds),
      method: fedmezo(4),
      phones,
      cloud,
      clock: clockOf('sequential'),
      controller: fixedController(4),
      layout,
      privateRows: [10, 10, 10],
      emit: (event) => events.push(event),
      steering: new SessionControl(),
    })
    return { result: await run.run(), events, cloud, phones }
  }

  test('updates with every two answers, weighed by how stale they are', async () => {
    const { events, cloud, result } = await buffered({})
    expect(result.stoppedBy).toBe('rounds')
    const reports = only(events, 'phone-reported')
    expect(reports.length).toBe(12)
    cloud.updates.forEach((update, i) => {
      const { terms, round } = readUpdate(update)
      const [a, b] = reports.slice(2 * i, 2 * i + 2) as [(typeof reports)[0], (typeof reports)[0]]
      expect(round).toBe(i + 1)
      expect(ownersOf(update).map(([phone]) => phone)).toEqual([a, b].flatMap(({ phone }) => [phone, phone, phone, phone]))
      // Phone p answers (p + 1) (k + 1) / 8; half the rows each, four directions.
      const first = (report: typeof a): number => (report.phone + 1) / 8 / 2 / 4 / Math.sqrt(1 + report.staleness!)
      expect(terms[0]!.coefficient).toBeCloseTo(first(a), 7)
      expect(terms[4]!.coefficient).toBeCloseTo(first(b), 7)
    })
    expect(reports.some(({ staleness }) => staleness! > 0)).toBe(true)
  })

  test('names for every answer the moment its directions come from, never the same twice for a phone', async () => {
    const { cloud, phones } = await buffered({})
    const named = cloud.updates.flatMap((update) => [...new Set(ownersOf(update).map((owner) => owner.join(' ')))])
    expect(new Set(named).size).toBe(named.length)
    const asked = new Set(phones.requests.map(({ round }) => String(round)))
    expect(named.every((name) => asked.has(name.split(' ')[1]!))).toBe(true)
  })

  test('lets go of answers that are too stale', async () => {
    const { events } = await buffered({ maxStaleness: 0 }, 12)
    expect(only(events, 'phone-reported').every(({ staleness }) => staleness === 0)).toBe(true)
    const stale = only(events, 'phone-skipped')
    expect(stale.length).toBeGreaterThan(0)
    expect(stale.every(({ reason }) => reason === 'stale')).toBe(true)
  })

  test('ends where no phone is left', async () => {
    const phones = new FakePhones(3, { absent: (round) => round > 1 })
    await expect(buffered({}, 6, phones)).rejects.toThrow(RunFailed)
  })
})
