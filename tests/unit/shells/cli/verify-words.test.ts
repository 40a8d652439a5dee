import { expect, test } from 'vitest'
import { sentence } from '#main/shells/cli/commands/replay.ts'

const difference = { seq: 7, kind: 'update-applied', round: 2, recorded: '{"digest":"a"}', again: '{"digest":"b"}' } as const
const processors = { recorded: 'Intel\u001b[2J', here: 'AMD' }

test('a verification says whether it compares two kinds of processors, whatever comes out', () => {
  expect(sentence({ same: 9, difference: null })).toBe('identical: 9 events came out the same\n')
  expect(sentence({ same: 9, difference })).not.toContain('processor')
  for (const result of [
    { same: 9, difference: null },
    { same: 9, difference },
  ])
    expect(sentence({ ...result, processors })).toContain('recorded on Intel\\u001b[2J; this is AMD.')
})
