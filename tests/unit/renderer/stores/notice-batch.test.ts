import { expect, test } from 'vitest'
import { type FrameNotices, NoticeBatch } from '#renderer/stores/notice-batch.ts'
import { recordedEvents } from '../recorded.ts'

const events = recordedEvents(3)

function gathered() {
  const batches: FrameNotices[] = []
  const frames: (() => void)[] = []
  const batch = new NoticeBatch(
    (one) => void batches.push(one),
    (flush) => void frames.push(flush),
  )
  return { batch, batches, draw: () => frames.splice(0).forEach((flush) => flush()), frames }
}

test('whatever comes between two frames is handed over once, in order, consecutive events as one run', () => {
  const { batch, batches, draw, frames } = gathered()
  batch.events('s', 0, events.slice(0, 2))
  batch.events('s', 2, events.slice(2, 5))
  batch.events('other', 0, events.slice(0, 1))
  batch.status({ session: 's', state: 'running', error: null })
  batch.status({ session: 's', state: 'pausing', error: null })
  batch.sessionsChanged()
  batch.warn('mind the store')
  expect(frames).toHaveLength(1)
  expect(batches).toEqual([])
  draw()
  expect(batches).toEqual([
    {
      events: [
        { session: 's', from: 0, events: events.slice(0, 5) },
        { session: 'other', from: 0, events: events.slice(0, 1) },
      ],
      statuses: [{ session: 's', state: 'pausing', error: null }],
      doing: new Map(),
      sessionsChanged: true,
      warnings: ['mind the store'],
    },
  ])
})

test('a gap between events is kept, so that whoever folds them can see it', () => {
  const { batch, batches, draw } = gathered()
  batch.events('s', 0, events.slice(0, 2))
  batch.events('s', 4, events.slice(4, 6))
  draw()
  expect(batches[0]!.events.map(({ from }) => from)).toEqual([0, 4])
})

test('of what phones do only the newest words of each remain', () => {
  const { batch, batches, draw } = gathered()
  batch.doing('s', [
    { phone: 0, words: 'loading' },
    { phone: 1, words: 'loading' },
  ])
  batch.doing('s', [{ phone: 1, words: 'probing' }])
  draw()
  expect(batches[0]!.doing).toEqual(new Map([['s', new Map([[0, 'loading'], [1, 'probing']])]])) // prettier-ignore
})

test('the next frame starts empty, and without notices there is none', () => {
  const { batch, batches, draw, frames } = gathered()
  batch.sessionsChanged()
  draw()
  expect(frames).toHaveLength(0)
  batch.status({ session: 's', state: 'finished', error: null })
  draw()
  expect(batches[1]).toMatchObject({ events: [], sessionsChanged: false, warnings: [] })
})
