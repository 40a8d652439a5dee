import { expect, test } from 'vitest'
import { Projection } from '#shared/events/projection.ts'
import { Tape } from '#renderer/stores/tape.ts'
import { keeper, recordedEvents } from '../recorded.ts'

const ROUNDS = 600
const events = recordedEvents(ROUNDS)
const viewAt = (seq: number) => new Projection().addAll(events.slice(0, seq)).view

test('at every moment, forwards, backwards and far away, the tape shows what all events until then fold to', async () => {
  const tape = new Tape(keeper(events), 's')
  for (const seq of [0, 1, 7, 8, 900, 511, 512, 513, 4000, events.length, 3, 1024]) {
    expect(await tape.at(seq)).toEqual(viewAt(seq))
  }
})

test('moments near each other are folded on, without asking the lab for a view', async () => {
  const lab = keeper(events)
  const tape = new Tape(lab, 's')
  for (let seq = 0; seq < 1500; seq += 37) await tape.at(seq)
  expect(lab.opened).toBe(0)
  await tape.at(4000)
  expect(lab.opened).toBe(1)
})

test('two moments asked for at the same time are both right', async () => {
  const tape = new Tape(keeper(events), 's')
  const [late, early] = await Promise.all([tape.at(700), tape.at(40)])
  expect(late).toEqual(viewAt(700))
  expect(early).toEqual(viewAt(40))
})

test('events that come while a session runs are found although its last page was read before', async () => {
  const growing = events.slice(0, 100)
  const tape = new Tape(keeper(growing), 's')
  await tape.at(100)
  growing.push(...events.slice(100, 200))
  expect(await tape.at(200)).toEqual(viewAt(200))
})
