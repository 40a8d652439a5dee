import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { summarise } from '#shared/events/summary.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers, workers } from '../fleet/worker-processes.ts'
import { type Session, only, removeFiles, session, tinyCheckpoint } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

const digests = ({ events }: Session): string[] => only(events, 'update-applied').map(({ digest }) => digest)
const seconds = ({ view }: Session): number => view.virtualSeconds

let undisturbed: Session

describe('a session of three phones', () => {
  test('runs its rounds, with every phone reporting in every one', async () => {
    undisturbed = await session()
    const { view, events } = undisturbed
    expect(view.finished!.stoppedBy).toBe('rounds')
    expect(only(events, 'phone-reported').map(({ round, phone }) => [round, phone])).toEqual(
      [1, 2, 3].flatMap((r) => [0, 1, 2].map((p) => [r, p])),
    )
    expect(only(events, 'phone-ended')).toEqual([])
    expect(new Set(digests(undisturbed)).size).toBe(3)
    expect(view.phones.map(({ id, state, capHits, restarts }) => [id, state, capHits, restarts])).toEqual([
      ['pixel-4-1', 'running', 0, 0],
      ['pixel-4-2', 'running', 0, 0],
      ['last', 'running', 0, 0],
    ])
  })

  test('tells real memory: an idle worker, a peak above it and below the cap', () => {
    const { mechanism } = strongestMechanism()
    for (const device of summarise(undisturbed.view).devices) {
      expect(device.idleBytes).toBeGreaterThan(20e6)
      expect(device.peakBytes).toBeGreaterThan(device.idleBytes)
      expect(device.peakBytes).toBeLessThan(device.cap.bytes)
      expect(device.cap).toMatchObject({ mechanism: mechanism.name, enforced: mechanism.enforced })
    }
  })

  test('is charged more time for the slow phone on the slow link', () => {
    const tasks = only(undisturbed.events, 'round-scheduled').flatMap((event) => event.tasks)
    const busy = (device: string): number =>
      tasks.filter((task) => task.device === device).reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0)
    expect(busy('last')).toBeGreaterThan(busy('pixel-4-1') * 2)
  })

  test('gives the same digest again', async () => {
    const again = await session()
    expect(again.view.finished!.digest).toBe(undisturbed.view.finished!.digest)
    expect(digests(again)).toEqual(digests(undisturbed))
    expect(seconds(again)).toBe(seconds(undisturbed))
    expect(again.view.session).not.toBe(undisturbed.view.session)
  })

  test.each([
    ['fp16', 'two-point'],
    ['int8', 'jvp'],
  ] as const)('runs on frozen weights in %s with %s probes, with a digest of its own that repeats', async (weights, probe) => {
    const stop = { rounds: 1 }
    const method = { kind: 'cooper', randomDirections: 2, batchSize: 4, cloudBatchSize: 6, probe }
    const narrow = { model: { checkpoint: tinyCheckpoint, maxLength: 12, weights, adapter: { rank: 2 } }, method, stop }
    const [once, again] = [await session(narrow), await session(narrow)]
    expect(once.view.finished!.stoppedBy).toBe('rounds')
    expect(only(once.events, 'phone-ended')).toEqual([])
    expect(digests(again)).toEqual(digests(once))
    expect(digests(once)[0]).not.toBe(digests(undisturbed)[0])
  })

  test('gives another digest for another seed', async () => {
    const other = await session({ seed: 4, stop: { rounds: 1 } })
    expect(digests(other)[0]).not.toBe(digests(undisturbed)[0])
  })

  test('learns the same under every schedule, in less time', async () => {
    const overlapped = await session({ schedule: { policy: 'overlapped' } })
    const layerwise = await session({ schedule: { policy: 'layerwise' } })
    for (const other of [overlapped, layerwise]) {
      expect(digests(other)).toEqual(digests(undisturbed))
      expect(other.view.finished!.digest).toBe(undisturbed.view.finished!.digest)
    }
    expect(seconds(overlapped)).toBeLessThanOrEqual(seconds(undisturbed))
    expect(seconds(layerwise)).toBeLessThan(seconds(undisturbed))
  })
})

describe('other methods', () => {
  test('fedmezo sends no directions down', async () => {
    const { view, events } = await session({ method: { kind: 'fedmezo', randomDirections: 2, batchSize: 4 }, stop: { rounds: 2 } })
    expect(only(events, 'bits-chosen')).toEqual([])
    const [phone] = view.phones
    expect(phone!.forwardPasses).toBe(2 * 2 * 2)
    expect(phone!.bytesDown).toBeLessThan(400)
  })

  test('the cloud alone starts no phone', async () => {
    const { view, events } = await session({ method: { kind: 'cloud-only', cloudBatchSize: 4 }, stop: { rounds: 2 } })
    expect(only(events, 'phone-started')).toEqual([])
    expect(view.phones.every(({ state, forwardPasses }) => state === 'waiting' && forwardPasses === 0)).toBe(true)
    expect(new Set(digests({ view, events })).size).toBe(2)
  })
})

describe('a phone that is killed', () => {
  test.skipIf(process.platform !== 'linux')('between rounds is told, started again, and ends as if nothing had been', async () => {
    const killAfter = (round: number) => {
      let done = false
      return (event: LabEvent): void => {
        if (done || event.kind !== 'round-finished' || event.round !== round) return
        done = true
        process.kill(workers().find(({ entry }) => entry === 'device')!.pid, 'SIGKILL')
      }
    }
    const { view, events } = await session({}, killAfter(1))
    const [ended] = only(events, 'phone-ended')
    expect(ended).toMatchObject({ reason: 'killed', words: 'was killed (SIGKILL)', final: false })
    expect(view.phones.map(({ restarts }) => restarts).toSorted()).toEqual([0, 0, 1])
    expect(view.phones.every(({ state }) => state === 'running')).toBe(true)
    // The replicas agree at the end of every round, or the run would have failed.
    expect(only(events, 'update-applied').length).toBe(3)
    expect(
      only(events, 'phone-reported')
        .filter(({ round }) => round === 3)
        .map(({ phone }) => phone),
    ).toEqual([0, 1, 2])
  })

  test.skipIf(process.platform !== 'linux')('every time it starts is given up at last, and the others go on', async () => {
    let others: number[] = []
    const devices = (): number[] => workers().flatMap(({ entry, pid }) => (entry === 'device' ? [pid] : []))
    const victim = (event: LabEvent): void => {
      if (event.kind === 'phone-ended') others = devices()
      if (event.kind !== 'phone-started' || event.phone !== 0) return
      // Phones start in the order of the fleet, so at first the least process id is that of phone 0.
      process.kill(Math.min(...devices().filter((pid) => !others.includes(pid))), 'SIGKILL')
    }
    const { view, events } = await session({ fleet: [{ profile: 'pixel-4', count: 2 }], stop: { rounds: 5 } }, victim)
    const ends = only(events, 'phone-ended')
    expect(ends.length).toBeGreaterThanOrEqual(3)
    expect(ends.some(({ final }) => final)).toBe(true)
    expect(view.phones.filter(({ state }) => state === 'out').length).toBe(1)
    expect(view.finished!.stoppedBy).toBe('rounds')
    expect(only(events, 'phone-reported').filter(({ round }) => round === 5).length).toBe(1)
  })
})

describe('a memory cap', () => {
  /** What no idle worker has room for, however much its runtime freed after warming up: an adapter of a million values and its moments. */
  const real = {
    model: {
      checkpoint: 'builtin:encoder',
      maxLength: 40,
      adapter: { rank: 128, targets: ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output'] },
    },
    data: { train: { path: 'builtin:topic/train?rows=300' }, test: { path: 'builtin:topic/test?rows=40' }, partition: { kind: 'iid' } },
  }
  const capped = (memoryCap: number, count = 1): object => ({ profile: 'android-go', id: 'small', memoryCap, count })

  test('just above the idle worker ends that phone, which is named with what it was doing; the others go on', async () => {
    const idle = Math.max(...undisturbed.view.phones.map(({ idleBytes }) => idleBytes))
    const fleet = [{ profile: 'pixel-4', count: 2 }, capped(idle + 6e6)]
    const { view, events } = await session({ ...real, fleet, stop: { rounds: 2 } })
    const small = view.phones[2]!
    const ends = only(events, 'phone-ended')
    const hits = ends.filter(({ reason }) => reason === 'cap-hit')
    expect(ends.every(({ phone }) => phone === 2)).toBe(true)
    // Now and then native code dies of the cap by a plain SIGSEGV, which nothing tells from a bug.
    expect(hits.length).toBeGreaterThan(0)
    for (const { words, doing } of hits) expect(`${words} while ${doing}`).toMatch(/^reached its cap \(.+\) while \w+/)
    expect([small.capHits, small.restarts]).toEqual([hits.length, ends.length - 1])
    expect(small.lastEnd).toMatch(/ while /)
    expect(small.idleBytes).toBeGreaterThan(20e6)
    expect(view.finished!.stoppedBy).toBe('rounds')
    expect(only(events, 'phone-reported').map(({ round, phone }) => [round, phone])).toEqual(
      [1, 2].flatMap((r) => [0, 1].map((p) => [r, p])),
    )
    for (const phone of view.phones.slice(0, 2)) expect([phone.capHits, phone.state]).toEqual([0, 'running'])
  })

  test('below the idle worker is wrong input, and says what would do', async () => {
    const run = session({ fleet: [{ profile: 'pixel-4' }, capped(20e6)] })
    await expect(run).rejects.toBeInstanceOf(InputError)
    await expect(run).rejects.toThrow(/fleet\[1\]\.memoryCap.*too small to start.*more than/)
  })

  test('that no phone survives ends the run', async () => {
    const idle = Math.max(...undisturbed.view.phones.map(({ idleBytes }) => idleBytes))
    await expect(session({ ...real, fleet: [capped(idle + 6e6, 2)], stop: { rounds: 2 } })).rejects.toThrow(/round \d: no phone/)
  })
})

describe('wrong input is told before a process is started', () => {
  test.each([
    ['a model that is not there', { model: { checkpoint: 'nowhere' } }, /nowhere/],
    [
      'rows longer than the model has positions',
      { model: { checkpoint: tinyCheckpoint, maxLength: 64 } },
      /model\.maxLength.*64.*at most 12/,
    ],
    ['a data file that is not there', { data: { train: { path: 'absent.csv' } } }, /absent\.csv/],
  ])('%s', async (_, change, message) => {
    const started: LabEvent[] = []
    const run = session(change, (event) => started.push(event))
    await expect(run).rejects.toBeInstanceOf(InputError)
    await expect(run).rejects.toThrow(message)
    expect(started).toEqual([])
  })
})
