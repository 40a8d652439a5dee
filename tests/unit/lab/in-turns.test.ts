import { expect, test } from 'vitest'
import { atOnce, inTurns } from '#main/lab/in-turns.ts'

function* squares(count: number, busyMilliseconds: number): Generator<void, number[]> {
  const made: number[] = []
  for (let i = 0; i < count; i++) {
    for (const until = performance.now() + busyMilliseconds; performance.now() < until;);
    made.push(i * i)
    yield
  }
  return made
}

test('a computation in turns lets others go on between its steps and gives what it gives at once', async () => {
  let others = 0
  let ended = false
  const wait = (): void => void (ended || (others++, setImmediate(wait)))
  setImmediate(wait)
  const inSteps = await inTurns(squares(5, 12))
  ended = true
  expect(others).toBeGreaterThanOrEqual(4)
  expect(inSteps).toEqual(atOnce(squares(5, 0)))
})

test('what a computation throws is thrown by whoever runs it', async () => {
  // oxlint-disable-next-line require-yield
  function* wrong(): Generator<void, never> {
    throw new RangeError('row 3')
  }
  expect(() => atOnce(wrong())).toThrow('row 3')
  await expect(inTurns(wrong())).rejects.toThrow('row 3')
})
