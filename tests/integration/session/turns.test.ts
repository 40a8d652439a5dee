/** Phones that take turns in fewer processes than there are phones. */
import { afterAll, afterEach, expect, test } from 'vitest'
import { expectNoWorkers, workers } from '../fleet/worker-processes.ts'
import { type Session, only, removeFiles, session } from './sessions.ts'

afterAll(removeFiles)
afterEach(expectNoWorkers)

const cooper = { kind: 'cooper', randomDirections: 2, batchSize: 4, cloudBatchSize: 6 }
const small = { localSteps: 1, batchSize: 4 }
const decomfl = { kind: 'decomfl', randomDirections: 2, ...small }
const fedmezo = { kind: 'fedmezo', randomDirections: 2, batchSize: 4 }
const full = { model: { checkpoint: 'builtin:encoder', maxLength: 12, adapter: { kind: 'full' } } }
const builtin = { train: { path: 'builtin:topic/train?rows=60' }, test: { path: 'builtin:topic/test?rows=12' } }

const learnt = ({ events }: Session): unknown => [
  only(events, 'update-applied').map(({ digest }) => digest),
  only(events, 'phone-reported'),
  only(events, 'round-scheduled').map(({ endSeconds }) => endSeconds),
]

test.for([
  ['every phone in every round', 2, { method: cooper }],
  ['some phones in a round, and some lost', 1, { method: cooper, federation: { clientsPerRound: 2, dropout: 0.3 }, stop: { rounds: 8 } }],
  ['phones that backpropagate', 2, { method: { kind: 'fedavg', ...small }, federation: { clientsPerRound: 2 } }],
  ['masked answers', 1, { method: decomfl, federation: { secureAggregation: true, dropout: 0.3 }, stop: { rounds: 3 } }],
  ['buffered answers', 1, { method: fedmezo, federation: { aggregation: { kind: 'buffered', bufferSize: 2 } } }],
  [
    'batches larger than what some phones have',
    1,
    { method: { ...cooper, batchSize: 16 }, data: { train: { path: 'rows.csv' }, partition: { kind: 'dirichlet', alpha: 0.5 } } },
  ],
  ['every weight trained', 1, { ...full, data: { ...builtin, partition: { kind: 'iid' } }, method: { kind: 'fedkseed', ...small } }],
] as const)('%s: in %i processes the same is learnt as in three', { timeout: 120_000 }, async ([, slots, change]) => {
  const own = await session(change)
  expect(only(own.events, 'session-started')[0]).not.toHaveProperty('processes')
  let most = 0
  const turns = await session(
    { ...change, slots },
    () => (most = Math.max(most, workers().filter(({ entry }) => entry === 'device').length)),
    undefined,
    1,
  )
  expect(only(turns.events, 'phone-ended')).toEqual([])
  expect(only(turns.events, 'session-started')[0]!.processes).toBe(slots)
  if (process.platform === 'linux') expect(most).toBe(slots)
  expect(learnt(turns)).toEqual(learnt(own))
  expect(turns.view.finished!.digest).toBe(own.view.finished!.digest)
  const worked = new Set(only(turns.events, 'phone-reported').map(({ phone }) => phone))
  for (const phone of worked) {
    const { idleBytes, peakBytes } = turns.view.phones[phone]!
    expect(idleBytes).toBeGreaterThan(20e6)
    expect(peakBytes).toBeGreaterThanOrEqual(idleBytes)
  }
})

test.skipIf(process.platform !== 'linux')('processes that somebody outside kills in the middle of turns change nothing', async () => {
  const change = { method: decomfl, federation: { secureAggregation: true, dropout: 0.3 }, stop: { rounds: 3 } }
  const own = await session(change)
  let killed = 0
  const turns = await session({ ...change, slots: 2 }, (event) => {
    if (event.kind !== 'round-started' && event.kind !== 'phone-skipped') return
    const victim = workers().find(({ entry }) => entry === 'device')
    if (victim) {
      process.kill(victim.pid, 'SIGKILL')
      killed++
    }
  })
  expect(killed).toBeGreaterThan(2)
  expect(only(turns.events, 'phone-ended').every(({ reason }) => reason === 'killed')).toBe(true)
  expect(learnt(turns)).toEqual(learnt(own))
})
