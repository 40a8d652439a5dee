/** Sessions whose phones train every weight of the tiny model, in real processes with files of their own. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers, workers } from '../fleet/worker-processes.ts'
import { type Session, only, removeFiles, session, tinyCheckpoint } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

const FULL = {
  model: { checkpoint: tinyCheckpoint, maxLength: 12, adapter: { kind: 'full' } },
  method: { kind: 'fedmezo', optimiser: 'sgd', randomDirections: 2, batchSize: 4, learningRate: 0.05, probeSize: 1e-3 },
}
const digests = ({ events }: Session): string[] => only(events, 'update-applied').map(({ digest }) => digest)
const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('cooperlab-weights-'))

test('all replicas train every weight alike, the same way again, and leave no file behind', async () => {
  const before = folders()
  let during: string[] = []
  const first = await session(FULL, ({ kind }) => {
    if (kind === 'round-started') during = folders()
  })
  expect(during.length).toBeGreaterThan(before.length)
  expect(first.view.finished!.stoppedBy).toBe('rounds')
  const [started] = only(first.events, 'session-started')
  // Two blocks of 2,224 weights, tables and norms 1,216, pooler 272, classifier 51.
  expect(started!.parameters).toBe(2 * 2224 + 1216 + 272 + 51)
  expect(started!.diskBytes).toBeGreaterThan(4 * started!.parameters * (1 + 4))
  expect(new Set(digests(first)).size).toBe(3)
  const again = await session(FULL)
  expect(again.view.finished!.digest).toBe(first.view.finished!.digest)
  expect(folders().filter((name) => during.includes(name) && !before.includes(name))).toEqual([])
})

test.skipIf(process.platform !== 'linux')('a phone that is killed goes on from its file and is bit-identical with the others', async () => {
  let killed = false
  const kill = (event: LabEvent): void => {
    if (killed || event.kind !== 'round-finished' || event.round !== 2) return
    killed = true
    process.kill(workers().find(({ entry }) => entry === 'device')!.pid, 'SIGKILL')
  }
  const { view, events } = await session({ ...FULL, stop: { rounds: 5 } }, kill)
  expect(only(events, 'phone-ended')).toMatchObject([{ reason: 'killed', final: false }])
  expect(view.phones.map(({ restarts }) => restarts).toSorted()).toEqual([0, 0, 1])
  // The run fails in a round whose replicas differ.
  expect(only(events, 'update-applied').length).toBe(5)
  expect(only(events, 'phone-reported').filter(({ round }) => round === 5).length).toBe(3)
})

test.skipIf(process.platform !== 'linux')('a cloud that is killed goes on from its file to what would have come out', async () => {
  const long = { ...FULL, stop: { rounds: 5 } }
  const undisturbed = await session(long)
  let killed = false
  const { view, events } = await session(long, (event) => {
    if (killed || event.kind !== 'round-finished' || event.round !== 3) return
    killed = true
    process.kill(workers().find(({ entry }) => entry === 'cloud')!.pid, 'SIGKILL')
  })
  expect(only(events, 'cloud-ended')).toMatchObject([{ reason: 'killed' }])
  expect(view.finished!.digest).toBe(undisturbed.view.finished!.digest)
})

test.each([
  { kind: 'decomfl', localSteps: 2, randomDirections: 2, batchSize: 4, probeSize: 1e-3 },
  { kind: 'fedkseed', seeds: 64, localSteps: 3, batchSize: 4, probeSize: 1e-3 },
])('phones that take steps of their own put their weights back after them (%o)', async (method) => {
  const { view, events } = await session({ ...FULL, method, stop: { rounds: 2 } })
  expect(view.finished!.stoppedBy).toBe('rounds')
  expect(new Set(digests({ view, events })).size).toBe(2)
})
