import { expect, test } from 'vitest'
import type { RunState } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { type LiveRun, LiveSession } from '#main/lab/host/live-session.ts'

const FINISHED: LabEvent = { kind: 'session-finished', stoppedBy: 'rounds', digest: '0', wallSeconds: 1 }
const EVALUATED: LabEvent = { kind: 'evaluated', round: 0, accuracy: 0.5, loss: 1, rows: 10 }

function session(run: (run: LiveRun) => Promise<void>) {
  const told: RunState[] = []
  const live = new LiveSession({
    id: 's',
    phones: 1,
    was: 'new',
    notices: { events() {}, doing() {}, status: ({ state }) => told.push(state) },
    onBegun() {},
    wordsFor: (error) => String((error as Error).message),
    run,
  })
  return { live, told }
}

test('after its last event a session is ending, no longer running, and nothing brings it back', async () => {
  const states: RunState[] = []
  const { live, told } = session(async ({ emit }) => {
    emit(EVALUATED, 0)
    states.push(live.status.state)
    emit(FINISHED, 1)
    states.push(live.status.state, live.pause().state, live.proceed().state, live.stop().state)
  })
  await live.over
  expect(states).toEqual(['running', 'ending', 'ending', 'ending', 'ending'])
  expect(told).toEqual(['running', 'ending', 'finished'])
})

test('what was told to stop does not run again, and a failure is told with its words', async () => {
  const { live, told } = session(async ({ emit }) => {
    emit(EVALUATED, 0)
    live.stop()
    live.proceed()
    throw new Error('the disk is full')
  })
  await live.over
  expect(told).toEqual(['running', 'stopping', 'failed'])
  expect(live.status).toEqual({ session: 's', state: 'failed', error: 'the disk is full' })
})
