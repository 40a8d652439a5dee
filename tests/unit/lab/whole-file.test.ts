import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeWhole } from '#main/lab/whole-file.ts'
import { InputError } from '#shared/errors/input-error.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whole-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.skipIf(process.platform === 'win32')('a link in the place of a file is replaced and never followed', () => {
  const [victim, link, dangling] = ['victim', 'link', 'dangling'].map((name) => join(folder, name)) as [string, string, string]
  writeFileSync(victim, 'mine')
  symlinkSync(victim, link)
  symlinkSync(join(folder, 'nowhere'), dangling)
  for (const path of [link, dangling]) {
    writeWhole(path, 'exported')
    expect(lstatSync(path).isFile()).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('exported')
  }
  expect(readFileSync(victim, 'utf8')).toBe('mine')
  expect(readdirSync(folder).sort()).toEqual(['dangling', 'link', 'victim'])
})

test('a folder that is gone is told, and nothing is left', () => {
  expect(() => writeWhole(join(folder, 'gone', 'x'), 'exported')).toThrow(InputError)
  expect(readdirSync(folder)).toEqual([])
})
