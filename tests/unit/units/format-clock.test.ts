import { expect, test } from 'vitest'
import { formatClock } from '#shared/units/format-clock.ts'

test('a reading that runs keeps its width from second to second and drops tenths after an hour', () => {
  expect(formatClock(0)).toBe('0:00.0')
  expect(formatClock(12.34)).toBe('0:12.3')
  expect(formatClock(59.96)).toBe('1:00.0')
  expect(formatClock(872)).toBe('14:32.0')
  expect(formatClock(8072)).toBe('2:14:32')
  expect(formatClock(Number.NaN)).toBe('-')
})
