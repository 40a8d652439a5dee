import { expect, test } from 'vitest'
import { asWords, startWords } from '#main/shells/electron/start-words.ts'

const NONE = { scenario: null, store: null, data: null, files: [], smoke: false }

test('options take the word after them or after "=", relative to where they are given; what is Chromium\'s is left alone', () => {
  expect(startWords([], '/x')).toEqual(NONE)
  const words = ['--no-sandbox', '/checkout', '--scenario', 'a.yaml', '--store=b.db', '--data', '..', '--smoke', 'c.cooperlab', '--type=x']
  expect(startWords(words, '/x/y')).toEqual({
    scenario: '/x/y/a.yaml',
    store: '/x/y/b.db',
    data: '/x',
    files: ['/x/y/c.cooperlab'],
    smoke: true,
  })
})

test('what is passed on is read as it was meant', () => {
  const all = { scenario: '/a b.json', store: '/s.db', data: '/d', files: ['/f.cooperlab', '/g.json'], smoke: true }
  expect(startWords(asWords(all), '/elsewhere')).toEqual(all)
  expect(asWords(NONE)).toEqual([])
})

test('an option without its value is refused in one line', () => {
  expect(() => startWords(['--store'], '/')).toThrow('--store: nothing after it; expected a file')
  expect(() => startWords(['--data', '--smoke'], '/')).toThrow('--data: nothing after it; expected a folder')
  expect(() => startWords(['--scenario='], '/')).toThrow('--scenario: nothing after it')
})
