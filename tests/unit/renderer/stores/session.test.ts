import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LabCalls, LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import { useLab } from '#renderer/stores/lab.ts'
import { useMessages } from '#renderer/stores/messages.ts'
import { useSession } from '#renderer/stores/session.ts'
import { keeper, recordedEvents } from '../recorded.ts'

const events = recordedEvents(10)
const viewAt = (seq: number) => new Projection().addAll(events.slice(0, seq)).view

let frames: ((now: number) => void)[] = []
/** Lets everything that waits for a frame, and everything that waits for an answer, go on. */
async function draw(nowMs = performance.now()): Promise<void> {
  for (const frame of frames.splice(0)) frame(nowMs)
  await new Promise((resolve) => setTimeout(resolve))
}

beforeEach(() => {
  frames = []
  vi.stubGlobal('document', { visibilityState: 'visible' })
  vi.stubGlobal('requestAnimationFrame', (frame: (now: number) => void) => frames.push(frame))
  setActivePinia(createPinia())
})
afterEach(() => vi.unstubAllGlobals())

/** A window on a lab that has kept `kept` of the events so far, in `state`. */
async function opened(kept: LabEvent[], state: RunStatus['state'] | null, warnings: readonly string[] = []) {
  let notices: LabNotices | undefined
  const status: RunStatus = { session: 's', state: state ?? 'finished', error: null }
  const calls = {
    ...keeper(kept),
    describe: async () => ({ scenarios: [], warnings }),
    running: async () => (state === null ? [] : [status]),
  } as unknown as LabCalls
  const lab = useLab()
  await lab.connect(async (told) => {
    notices = told
    return calls
  })
  const session = useSession()
  await session.open('s')
  return { session, notices: notices! }
}

test('a session that is over is opened at its end, and any moment of it is what its events fold to', async () => {
  const { session } = await opened(events, null)
  expect(session).toMatchObject({ live: false, running: false, seq: events.length, length: events.length, moment: 20 })
  expect(session.view).toEqual(viewAt(events.length))
  for (const seq of [1, 5, 33, events.length]) {
    await session.seek(seq)
    expect(session.seq).toBe(seq)
    expect(session.view).toEqual(viewAt(seq))
  }
})

test('a session that runs is followed live, event by event, and its rounds are marked', async () => {
  const kept = events.slice(0, 4)
  const { session, notices } = await opened(kept, 'running')
  expect(session.live).toBe(true)
  kept.push(...events.slice(4, 30))
  notices.events('s', 4, events.slice(4, 20))
  notices.events('s', 20, events.slice(20, 30))
  expect(session.seq).toBe(4)
  await draw()
  expect(session.view).toEqual(viewAt(30))
  expect(session.markers.filter(({ kind }) => kind === 'round').map(({ round, virtualSeconds }) => [round, virtualSeconds])).toEqual([
    [1, 0],
    [2, 2],
    [3, 4],
    [4, 6],
  ])
})

test('of moments asked for faster than the lab can answer, the last is shown and those between are not asked for', async () => {
  const { session } = await opened(events, null)
  const open = vi.spyOn(useLab().ask(), 'open')
  const seeks = Array.from({ length: 20 }, (_, i) => session.seek(30 - i))
  await Promise.all(seeks)
  expect(session.seq).toBe(11)
  expect(session.view).toEqual(viewAt(11))
  expect(open.mock.calls.length).toBeLessThanOrEqual(2)
})

test('what the lab warns of is told, whether it came before the window was there or comes later', async () => {
  const { notices } = await opened(events, null, ['a store was set aside'])
  notices.warn('the store is damaged')
  await draw()
  expect(useMessages().messages.map(({ words }) => words)).toEqual(['a store was set aside', 'the store is damaged'])
})

test('while a past moment is shown the run goes on unseen, and the end leads back to it', async () => {
  const kept = events.slice(0, 20)
  const { session, notices } = await opened(kept, 'running')
  await session.seek(10)
  expect(session.live).toBe(false)
  kept.push(...events.slice(20, 40))
  notices.events('s', 20, events.slice(20, 40))
  await draw()
  expect(session).toMatchObject({ seq: 10, length: 40, live: false })
  expect(session.view).toEqual(viewAt(10))
  await session.seek(session.length)
  expect(session).toMatchObject({ seq: 40, live: true })
  expect(session.view).toEqual(viewAt(40))
})

test('events that were told twice count once, and a gap is filled by asking again', async () => {
  const kept = events.slice(0, 10)
  const { session, notices } = await opened(kept, 'running')
  kept.push(...events.slice(10, 30))
  notices.events('s', 5, events.slice(5, 15))
  await draw()
  expect(session.view).toEqual(viewAt(15))
  notices.events('s', 25, events.slice(25, 30))
  await draw()
  await draw()
  expect(session).toMatchObject({ seq: 30, length: 30 })
  expect(session.view).toEqual(viewAt(30))
})

test('a recording plays in virtual time at the speed asked for, to its end and no further', async () => {
  const { session } = await opened(events, null)
  await session.seek(0)
  session.play(4)
  const start = performance.now()
  await draw(start + 1000)
  await draw(start + 1001)
  // One second at four times the speed: two rounds of two seconds.
  expect(session.moment).toBeGreaterThan(3.9)
  expect(session.moment).toBeLessThan(4.2)
  expect(session.view.round).toBeGreaterThanOrEqual(2)
  expect(session.view).toEqual(viewAt(session.seq))
  session.hold()
  await draw(start + 9000)
  expect(session.moment).toBeLessThan(4.2)
  session.play(1000)
  await draw(start + 20_000)
  await draw(start + 20_001)
  expect(session).toMatchObject({ playing: false, seq: events.length, moment: 20 })
})

test('played again from its end it begins anew', async () => {
  const { session } = await opened(events, null)
  session.play(1)
  expect(session).toMatchObject({ playing: true, moment: 0 })
})

test('events of other sessions change nothing', async () => {
  const { session, notices } = await opened(events.slice(0, 10), 'running')
  notices.events('other', 0, events.slice(0, 30))
  await draw()
  expect(session).toMatchObject({ seq: 10, length: 10 })
})

test('a moment that cannot be had is told once in one line, and what was shown stays', async () => {
  const { session } = await opened(events, null)
  useLab().calls!.open = async () => {
    throw new Error('The lab has gone; this window is no longer connected to it.')
  }
  useLab().calls!.events = useLab().calls!.open as never
  const before = session.view
  await session.seek(7)
  expect(session.view).toBe(before)
  expect(session.moment).toBe(20)
  expect(useMessages().messages.map(({ words }) => words)).toEqual(['The lab has gone; this window is no longer connected to it.'])
})

test('what happened while the connection was broken is there once it stands again', async () => {
  const kept = events.slice(0, 10)
  let cut = (): void => {}
  const status: RunStatus = { session: 's', state: 'running', error: null }
  const calls = {
    ...keeper(kept),
    describe: async () => ({ scenarios: [], warnings: [] }),
    running: async () => [status],
  } as unknown as LabCalls
  const lab = useLab()
  await lab.connect(async (_, onLost) => {
    cut = onLost
    return calls
  })
  const session = useSession()
  await session.open('s')
  cut()
  kept.push(...events.slice(10, 25))
  await lab.connectAgain()
  await draw()
  expect(session).toMatchObject({ seq: 25, length: 25, live: true })
})

test('a second step counts from where the first leads, although that is still on its way', async () => {
  const { session } = await opened(events, null)
  const steps = [session.seek(5), session.seek(30)]
  expect(session).toMatchObject({ aim: 30, seq: events.length })
  await Promise.all(steps)
  expect(session).toMatchObject({ aim: 30, seq: 30 })
})
