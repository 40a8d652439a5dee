import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LabCalls, RunStatus } from '#shared/api/lab-api.ts'
import { useLab } from '#renderer/stores/lab.ts'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

/** A lab that can be reached or not, and whose connections break when told to. */
function reachable() {
  const lab = { there: true, runs: [] as RunStatus[], attempts: 0, cut: () => {} }
  const calls = { describe: async () => ({ scenarios: [], warnings: [] }), running: async () => lab.runs } as unknown as LabCalls
  return Object.assign(lab, {
    async connect(_: unknown, onLost: () => void): Promise<LabCalls> {
      lab.attempts++
      if (!lab.there) throw new Error('nobody there')
      lab.cut = onLost
      return calls
    },
  })
}

test('a connection that breaks is opened again by itself, and what runs is asked anew', async () => {
  const lab = useLab()
  const far = reachable()
  await lab.connect(far.connect, { retrying: true })
  expect(lab.connection).toBe('connected')
  far.there = false
  far.cut()
  expect(lab.connection).toBe('lost')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(lab.connection).toBe('lost')
  expect(far.attempts).toBeGreaterThan(3)
  far.there = true
  far.runs = [{ session: 's', state: 'running', error: null }]
  await vi.advanceTimersByTimeAsync(5000)
  expect(lab.connection).toBe('connected')
  expect(lab.running).toEqual(far.runs)
  // A second break is met as the first.
  far.cut()
  await vi.advanceTimersByTimeAsync(1000)
  expect(lab.connection).toBe('connected')
})

test('a lab that could not be reached at first is not tried again unasked, and says why', async () => {
  const lab = useLab()
  const far = reachable()
  far.there = false
  await lab.connect(far.connect, { retrying: true })
  await vi.advanceTimersByTimeAsync(60_000)
  expect([lab.connection, lab.lostBecause, far.attempts]).toEqual(['lost', 'nobody there', 1])
  far.there = true
  await lab.connectAgain()
  expect(lab.connection).toBe('connected')
})
