import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { SessionControl } from '#main/lab/session-control.ts'
import { type Verification, verifySession } from '#main/lab/verify-session.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers, workers } from '../fleet/worker-processes.ts'
import { loaded, only, removeFiles, resources, session } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

const verify = (change: Record<string, unknown>, events: readonly LabEvent[]): Promise<Verification | null> =>
  verifySession(loaded(change), events, { resources, onEvent: () => {}, signal: new AbortController().signal })

/** What no idle worker has room for: an adapter of a million values and its moments. */
const large = {
  model: {
    checkpoint: 'builtin:encoder',
    maxLength: 40,
    adapter: { rank: 128, targets: ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output'] },
  },
  data: { train: { path: 'builtin:topic/train?rows=80' }, test: { path: 'builtin:topic/test?rows=20' }, partition: { kind: 'iid' } },
}

describe.skipIf(process.platform !== 'linux')('a session with live changes, a cap hit and a crash', () => {
  test('comes out the same when it is run again', { timeout: 120_000 }, async () => {
    const idle = await idleBytes()
    const fleet = [
      { profile: 'pixel-4', count: 2 },
      { profile: 'android-go', id: 'small', memoryCap: idle + 6e6 },
    ]
    const change = { ...large, fleet, stop: { rounds: 3 } }
    const control = new SessionControl()
    const { events } = await session(
      change,
      (event) => {
        if (event.kind !== 'round-finished') return
        if (event.round === 1) control.tune([0], { gflops: 2, downMbps: 3 })
        if (event.round === 2) control.tune([1], { lossRate: 0.05 })
        // Dies of a fault while it has nothing to do, and is missed in the next round.
        if (event.round === 1) process.kill(workers().find(({ entry }) => entry === 'device')!.pid, 'SIGSEGV')
      },
      control,
    )
    const reasons = only(events, 'phone-ended').map(({ reason }) => reason)
    expect(reasons).toContain('crash')
    expect(reasons).toContain('cap-hit')
    expect(only(events, 'phone-tuned').map(({ round, phone }) => [round, phone])).toEqual([
      [2, 0],
      [3, 1],
    ])
    const verification = await verify(change, events)
    expect(verification!.difference).toBeNull()
    expect(verification!.same).toBeGreaterThan(20)

    const forged = events.map((event) => (event.kind === 'evaluated' && event.round === 2 ? { ...event, accuracy: 0.999 } : event))
    const found = await verify(change, forged)
    expect(found!.difference).toMatchObject({ seq: forged.findIndex((event) => event.kind === 'evaluated' && event.round === 2), round: 2 })
    expect(found!.difference!.recorded).toBe('{"accuracy":0.999}')
  })
})

test('a session that was interrupted is compared up to where it was', async () => {
  const control = new SessionControl()
  const { events } = await session(
    { evaluation: { every: 3 } },
    (event) => event.kind === 'round-started' && event.round === 2 && control.stop(),
    control,
  )
  expect(events.at(-1)).toMatchObject({ kind: 'session-finished', stoppedBy: 'interrupted' })
  expect(await verify({ evaluation: { every: 3 } }, events)).toMatchObject({ difference: null })
})

test('a session that ended itself is compared up to its end, where it ends itself again', async () => {
  const method = { kind: 'fedmezo', randomDirections: 2, batchSize: 4, optimiser: 'sgd', learningRate: 100 }
  const change = { method, stop: { rounds: 15 } }
  const events: LabEvent[] = []
  await expect(session(change, (event) => events.push(event))).rejects.toThrow('the run diverged')
  expect(only(events, 'session-finished')).toEqual([])
  const verification = await verify(change, events)
  expect(verification!.difference).toBeNull()
  expect(verification!.same).toBeGreaterThan(20)
})

async function idleBytes(): Promise<number> {
  const { view } = await session({ stop: { rounds: 1 } })
  return Math.max(...view.phones.map((phone) => phone.idleBytes))
}
