import { expect, test } from 'vitest'
import { diagnosticsText, withoutPaths } from '#main/shells/electron/diagnostics.ts'

test.each([
  ['/home/ann/secret/rows.tsv can not be read', '<path> can not be read'],
  ['in "/home/ann/my data/rows.tsv", expected', 'in "<path>", expected'],
  ['at file:///home/ann/x.ts:12:3', 'at <path>:12:3'],
  [String.raw`C:\Users\Ann Lee\x.db is locked`, '<path> is locked'],
  [String.raw`\\server\share\x.db is locked`, '<path> is locked'],
  ['~/data/x and (/mnt/y)', '<path> and (<path>)'],
  ['GET app://lab/index.html: 404', 'GET app://lab/index.html: 404'],
  ['1/2 rounds and/or 3 // none', '1/2 rounds and/or 3 // none'],
])('%s', (given, wanted) => expect(withoutPaths(given)).toBe(wanted))

test('a lab that does not answer is said not to', () => {
  const text = diagnosticsText({ version: '1', versions: { electron: '45', chrome: '156' }, lab: null, lines: ['a /b/c'], paths: false })
  expect(text).toMatch(/^CooperLab 1\nElectron 45, Chromium 156, Node unknown\n.*\nThe lab does not answer\.\n\na <path>$/)
  expect(diagnosticsText({ version: '1', versions: {}, lab: null, lines: ['a /b/c'], paths: true })).toContain('a /b/c')
})
