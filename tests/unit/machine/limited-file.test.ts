import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendLimited, sweepFolder } from '#main/machine/limited-file.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'limited-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file never grows beyond its size, and the one before it is all that is kept of what came earlier', () => {
  const file = join(folder, 'new', 'a.log')
  for (let i = 0; i < 25; i++) expect(appendLimited(file, `entry ${String(i).padStart(2, '0')}\n`, 50)).toBeNull()
  expect(readdirSync(join(folder, 'new')).toSorted()).toEqual(['a.log', 'a.log.1'])
  expect(readFileSync(file, 'utf8')).toBe('entry 20\nentry 21\nentry 22\nentry 23\nentry 24\n')
  expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/^entry 15\n.*entry 19\n$/s)
})

test('an entry larger than the file may be is kept alone, and one that can not be kept says why', () => {
  const file = join(folder, 'a.log')
  appendLimited(file, 'x'.repeat(100), 50)
  expect(readFileSync(file, 'utf8')).toHaveLength(100)
  expect(appendLimited(join(file, 'below'), 'x')).toMatch(/EEXIST|ENOTDIR/)
})

test('what is too old and what is too much is removed, and nothing of another kind', () => {
  const now = Date.now()
  mkdirSync(join(folder, 'crashes'))
  const ages: Record<string, number> = {
    'a.log': 1,
    'b.log': 40,
    'crashes/c.dmp': 2,
    'crashes/d.dmp': 3,
    'crashes/e.dmp': 4,
    'keep.db': 90,
  }
  for (const [name, days] of Object.entries(ages)) {
    const path = join(folder, name)
    writeFileSync(path, '')
    const seconds = now / 1000 - days * 24 * 3600
    utimesSync(path, seconds, seconds)
  }
  sweepFolder(folder, /\.(log|dmp)$/, { days: 30, files: 3 }, now)
  expect(readdirSync(folder, { recursive: true }).map(String).toSorted()).toEqual(
    ['a.log', 'crashes', join('crashes', 'c.dmp'), join('crashes', 'd.dmp'), 'keep.db'].toSorted(),
  )
  sweepFolder(join(folder, 'nowhere'), /x/, { days: 1, files: 1 })
})
