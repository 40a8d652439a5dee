import { afterAll, afterEach, expect, test } from 'vitest'
import { summarise } from '#shared/events/summary.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { type Session, only, removeFiles, session } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

const guided = { kind: 'cooper', randomDirections: 0, batchSize: 4, cloudBatchSize: 6 }
const stop = { rounds: 3 }

const digests = ({ events }: Session): string[] => only(events, 'update-applied').map(({ digest }) => digest)
const losses = ({ view }: Session): number[] => view.history.map(({ loss }) => loss)

/** A session run twice: the second must do what the first did. */
async function twice(change: Record<string, unknown>): Promise<Session> {
  const first = await session(change)
  const second = await session(change)
  expect(second.view.finished!.digest).toBe(first.view.finished!.digest)
  expect(second.view.virtualSeconds).toBe(first.view.virtualSeconds)
  expect(digests(second)).toEqual(digests(first))
  return first
}

test('phones that are asked two at a time, and lost now and then, catch up with what they missed', async () => {
  const { events, view } = await twice({ method: guided, federation: { clientsPerRound: 2, dropout: 0.2 }, stop: { rounds: 6 } })
  const asked = only(events, 'round-started').map(({ phones }) => phones)
  expect(asked.every((phones) => phones.length === 2)).toBe(true)
  expect(new Set(asked.flat()).size).toBe(3)
  // Replicas are compared at the end of every round, so whoever was left out before is up to date again.
  const reported = only(events, 'phone-reported')
  const wasThere = (round: number, phone: number): boolean => reported.some((report) => report.round === round && report.phone === phone)
  const returning = reported.filter(({ round, phone }) => round > 1 && !asked[round - 2]!.includes(phone))
  expect(returning.length).toBeGreaterThan(0)
  for (const { round, bytesDown } of returning) {
    const staying = reported.find((report) => report.round === round && wasThere(round - 1, report.phone))
    if (staying) expect(bytesDown).toBeGreaterThan(staying.bytesDown * 1.5)
  }
  const lost = only(events, 'phone-skipped')
  expect(lost.length).toBeGreaterThan(0)
  expect(lost.every(({ reason, round, phone }) => reason === 'dropped' && !wasThere(round, phone))).toBe(true)
  expect(summarise(view).skipped).toEqual({ dropped: lost.length })
})

test.for([
  ['cooper', { ...guided, randomDirections: 2 }, { clientsPerRound: 1 }],
  ['fedavg', { kind: 'fedavg', localSteps: 1, batchSize: 4 }, { dropout: 0.5 }],
  ['decomfl with Adam', { kind: 'decomfl', randomDirections: 2, optimiser: 'adam', batchSize: 4 }, { clientsPerRound: 1 }],
] as const)('however often a state is saved while phones are left out, %s learns the same', async ([, method, federation]) => {
  const run = (stateEvery: number): Promise<Session> =>
    session({ method, federation, stop: { rounds: 12 } }, undefined, undefined, stateEvery)
  const [often, never] = [await run(1), await run(1000)]
  expect(only(often.events, 'phone-ended')).toEqual([])
  expect(digests(often)).toEqual(digests(never))
  expect(often.view.finished!.digest).toBe(never.view.finished!.digest)
  expect(often.view.virtualSeconds).toBe(never.view.virtualSeconds)
  const reports = ({ events }: Session) => only(events, 'phone-reported')
  expect(reports(often)).toEqual(reports(never))
})

test('a slow phone makes the deadline with fewer directions', async () => {
  const method = { kind: 'fedmezo', randomDirections: 20, batchSize: 4 }
  const fleet = [
    { profile: 'pixel-4', count: 2 },
    { profile: 'android-go', id: 'slow', overrides: { gflops: 0.01 } },
  ]
  const free = await session({ fleet, method, stop: { rounds: 1 } })
  const federation = { deadlineSeconds: free.view.virtualSeconds / 2, elastic: true }
  const { events, view } = await twice({ fleet, method, federation, stop: { rounds: 2 } })
  expect(only(events, 'phone-skipped')).toEqual([])
  const reports = only(events, 'phone-reported')
  expect(reports.filter(({ phone }) => phone < 2).map(({ forwardPasses }) => forwardPasses)).toEqual([40, 40, 40, 40])
  const slow = reports.filter(({ phone }) => phone === 2)
  expect(slow.length).toBe(2)
  for (const { directions, forwardPasses } of slow) {
    expect(directions).toBeGreaterThan(1)
    expect(directions).toBeLessThan(20)
    expect(forwardPasses).toBe(2 * directions!)
  }
  expect(view.virtualSeconds).toBeLessThan(1.5 * free.view.virtualSeconds)
})

test('with a buffer the model moves on whenever two answers are in, and epsilon follows the busiest phone', async () => {
  const method = { kind: 'fedmezo', randomDirections: 3, batchSize: 4 }
  const privacy = { model: 'local', clip: 0.5, noiseMultiplier: 4, delta: 1e-3 }
  const federation = { aggregation: { kind: 'buffered', bufferSize: 2 }, privacy }
  const { events, view } = await twice({ method, federation, stop: { rounds: 8 } })
  const reports = only(events, 'phone-reported')
  expect(reports.length).toBe(16)
  const count = (phone: number): number => reports.filter((report) => report.phone === phone).length
  expect(count(0)).toBeGreaterThan(count(2))
  expect(Math.max(...reports.map(({ staleness }) => staleness!))).toBeGreaterThan(0)
  const ends = only(events, 'round-finished').map(({ virtualSeconds }) => virtualSeconds)
  expect(ends).toEqual(ends.toSorted((a, b) => a - b))
  expect(new Set(digests({ events, view })).size).toBe(8)
  const spent = only(events, 'privacy-spent').map(({ epsilon }) => epsilon)
  expect(spent).toEqual(spent.toSorted((a, b) => a - b))
  expect(summarise(view).privacy).toEqual({ epsilon: spent[7], delta: 1e-3 })
})

test('masked phones learn what they would have learnt unmasked, up to the fixed point and to how much they differ, though some are lost', async () => {
  const federation = { dropout: 0.25 }
  const masked = await twice({ method: guided, federation: { ...federation, secureAggregation: true }, stop })
  const plain = await session({ method: guided, federation, stop })
  expect(only(masked.events, 'phone-skipped').length).toBeGreaterThan(0)
  expect(only(masked.events, 'phone-reported').every(({ loss }) => loss === null)).toBe(true)
  // From the first review on a step's risk depends on how much phones differ, which a sum doesn't tell.
  losses(masked).forEach((loss, round) => expect(loss).toBeCloseTo(losses(plain)[round]!, round < 2 ? 6 : 2))
})

test('a private sum of masked answers costs epsilon by the round', async () => {
  const method = { kind: 'decomfl', randomDirections: 3, batchSize: 4 }
  const federation = { clientsPerRound: 0.5, secureAggregation: true, privacy: { clip: 0.5, noiseMultiplier: 2, delta: 1e-3 } }
  const { events, view } = await twice({ method, federation, stop })
  const spent = only(events, 'privacy-spent').map(({ epsilon }) => epsilon)
  expect(spent.length).toBe(3)
  expect(spent[2]).toBeGreaterThan(spent[0]!)
  expect(view.rounds.every(({ privateLoss }) => privateLoss === null)).toBe(true)
})
