import { expect, test } from 'vitest'
import { pairsIn, writtenPairs } from '#renderer/views/run/word-pairs.ts'

test('words of labels are read as they are written', () => {
  expect(pairsIn('0 = terrible, 1=great')).toEqual({ 0: 'terrible', 1: 'great' })
  expect(writtenPairs({ 0: 'terrible', 1: 'great' })).toBe('0 = terrible, 1 = great')
  expect(pairsIn(writtenPairs({ yes: 'a=b' }))).toEqual({ yes: 'a=b' })
})

test('what is half written stays, to be refused where it stands; nothing means the labels themselves', () => {
  expect(pairsIn('0 = bad, 1')).toEqual({ 0: 'bad', 1: '' })
  expect([pairsIn(' '), pairsIn(','), writtenPairs(undefined)]).toEqual([undefined, undefined, ''])
})
