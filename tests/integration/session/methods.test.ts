/** Every method with real processes and messages; a phone lost after the first round must catch up from the messages alone. */
import { afterAll, afterEach, expect, test } from 'vitest'
import type { LabEvent } from '#shared/events/event.ts'
import { expectNoWorkers, workers } from '../fleet/worker-processes.ts'
import { only, removeFiles, session } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

/** A scalars frame without numbers. */
const BARE = 36

/** With the forward passes of a round, and the bytes sent up; of fedavg within limits, since they depend on the batch's length. */
const METHODS = [
  // A guided direction per class and layer, up to 3 classes in 2 blocks and the head; those of upper layers cost less than two passes.
  // With how the loss bends, and how the rows scatter, between 19 directions at most, and what the last step brought.
  {
    method: { kind: 'cooper', directions: 'class-layer', mixing: 'hybrid', randomDirections: 1, cloudBatchSize: 6 },
    passes: [4, 41],
    up: [BARE + 12, BARE + 4 * (19 + 19 * 20 + 2)],
  },
  { method: { kind: 'heimda', randomDirections: 2, poolSize: 2, cloudBatchSize: 6 }, passes: [4, 4], up: [BARE + 8, BARE + 8] },
  // Collects up to its most, since its limit is out of reach: 2 + 2 + 1.
  {
    method: { kind: 'fwdllm', randomDirections: 2, mostDirections: 5, varianceLimit: 1e-9, candidates: 3 },
    passes: [10, 10],
    up: [3 * BARE + 20, 3 * BARE + 20],
  },
  // Sends the seeds too.
  { method: { kind: 'fedkseed', seeds: 16, localSteps: 3 }, passes: [6, 6], up: [BARE + 24, BARE + 24] },
  { method: { kind: 'decomfl', randomDirections: 2, localSteps: 2, optimiser: 'adam' }, passes: [8, 8], up: [BARE + 16, BARE + 16] },
  { method: { kind: 'fedavg', localSteps: 2, bits: 8 }, passes: [3, 9], up: [300, 1200] },
]

test.each(METHODS)('$method.kind keeps its replicas together, also with a phone that comes back', async ({ method, passes, up }) => {
  let killed = process.platform !== 'linux'
  const kill = (event: LabEvent): void => {
    if (killed || event.kind !== 'round-finished') return
    killed = true
    process.kill(workers().find(({ entry }) => entry === 'device')!.pid, 'SIGKILL')
  }
  const { events, view } = await session({ method: { ...method, batchSize: 4 }, fleet: [{ profile: 'pixel-4', count: 2 }] }, kill)
  // The run fails at the end of a round whose digests differ.
  expect(new Set(only(events, 'update-applied').map(({ digest }) => digest)).size).toBe(3)
  const reports = only(events, 'phone-reported')
  expect(reports.filter(({ round }) => round !== 2).map(({ round, phone }) => [round, phone])).toEqual(
    [1, 3].flatMap((r) => [
      [r, 0],
      [r, 1],
    ]),
  )
  if (process.platform === 'linux') expect(view.phones.map(({ restarts }) => restarts).toSorted()).toEqual([0, 1])
  for (const report of reports) {
    expect([report.forwardPasses >= passes[0]!, report.forwardPasses <= passes[1]!]).toEqual([true, true])
    expect([report.bytesUp >= up[0]!, report.bytesUp <= up[1]!]).toEqual([true, true])
  }
})
