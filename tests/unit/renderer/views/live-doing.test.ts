import { expect, test } from 'vitest'
import { liveDoing } from '#renderer/views/fleet/doing-words.ts'

const RUNNING = { state: 'running' } as const

test('a phone that is idle waits for the other phones while one of them computes, and for the cloud while none does', () => {
  const said = new Map([
    [0, 'probing 4 directions'],
    [1, 'waiting'],
  ])
  const phones = [RUNNING, RUNNING, RUNNING]
  expect([0, 1, 2].map((phone) => liveDoing(phone, said, phones, false))).toEqual([
    'probing 4 directions',
    'waits for the other phones',
    'waits for the other phones',
  ])
  said.set(0, 'waiting')
  expect(liveDoing(0, said, phones, false)).toBe('waits for the cloud')
  expect(liveDoing(0, said, phones, true)).toBe('paused with the run')
})

test('nobody waits for what a phone did before its process ended', () => {
  const said = new Map([[0, 'probing 4 directions']])
  expect(liveDoing(1, said, [{ state: 'down' }, RUNNING], false)).toBe('waits for the cloud')
})
