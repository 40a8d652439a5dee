/** Virtual time in sessions of real worker processes: changes while they run, stale guidance, controllers. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { untilAborted, withChanges } from '#main/federation/steering.ts'
import { scheduleOf } from '../../unit/lab/schedule-of.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { type Session, only, removeFiles, session } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

/** Every round sends directions, whatever they are worth on these few rows. */
const method = { kind: 'cooper', guidance: 'always', batchSize: 4, cloudBatchSize: 6 }
const adaptive = { schedule: { policy: 'layerwise' }, compression: { controller: 'adaptive' }, stop: { rounds: 4 }, method }
const slow = [{ round: 2, phone: 2, change: { downMbps: 0.01 } }]
const tuned = (changes: typeof slow): Promise<Session> =>
  session(adaptive, () => {}, withChanges(changes, untilAborted(new AbortController().signal)))
const digest = ({ view }: Session): string => view.finished!.digest

describe('a session', () => {
  test('gives the same digest again with the same changes at the same rounds, and other bits without them', async () => {
    const first = await tuned(slow)
    const told = only(first.events, 'phone-tuned').map(({ round, phone, change }) => ({ round, phone, change }))
    expect(told).toEqual(slow)
    const again = await tuned(told as typeof slow)
    expect(digest(again)).toBe(digest(first))
    expect(again.view.virtualSeconds).toBe(first.view.virtualSeconds)
    const plain = await tuned([])
    expect(digest(plain)).not.toBe(digest(first))
    // The change is measured in rounds 2 and 3, and then more than one bad round.
    const bits = (of: Session): number[] => only(of.events, 'bits-chosen').map((event) => event.bits.reduce((sum, each) => sum + each, 0))
    expect(bits(first).slice(0, 2)).toEqual(bits(plain).slice(0, 2))
    expect(bits(first)[3]!).toBeLessThan(bits(plain)[3]!)
    const sequential = scheduleOf(first.events, 3, 'sequential')!
    expect(sequential.endSeconds).toBeGreaterThan(only(first.events, 'round-scheduled')[2]!.endSeconds)
  })

  test('with stale guidance keeps all replicas alike and hides the sending', async () => {
    const fresh = { schedule: { policy: 'layerwise' }, stop: { rounds: 3 }, method }
    const stale = { ...fresh, schedule: { policy: 'layerwise', stale: true } }
    const [one, other] = [await session(fresh), await session(stale)]
    expect(digest(other)).not.toBe(digest(one))
    expect(only(other.events, 'round-scheduled').map(({ probesNeed }) => probesNeed)).toEqual(['all-layers', 'nothing', 'nothing'])
    expect(other.view.virtualSeconds).toBeLessThan(one.view.virtualSeconds)
    expect(only(other.events, 'phone-ended')).toEqual([])
  })

  test('sends the largest values alone over a link on which all of them would take too long', async () => {
    const fleet = [{ profile: 'pixel-4', count: 2, overrides: { downMbps: 0.0002 } }]
    const { events } = await session({
      ...adaptive,
      fleet,
      method: { kind: 'cooper', randomDirections: 0, batchSize: 4, cloudBatchSize: 6 },
    })
    const chosen = only(events, 'bits-chosen')
    expect(chosen.every(({ fallback }) => fallback?.kind === 'sparse' || fallback?.kind === 'stale')).toBe(true)
    expect(chosen[0]!.fallback?.kind).toBe('sparse')
    const [first] = only(events, 'round-scheduled')
    expect(first!.messageBytes!.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(
      chosen[0]!.reasons!.reduce((sum, { bytes }) => sum + bytes, 0),
    )
  })

  test.each(['budget', 'norm'])('runs with the controller %s', async (controller) => {
    const { events, view } = await session({ compression: { controller } })
    expect(view.finished!.stoppedBy).toBe('rounds')
    expect(new Set(only(events, 'bits-chosen').map((event) => event.controller))).toEqual(new Set([controller]))
  })
})
