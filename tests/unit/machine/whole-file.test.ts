import { spawnSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeDirectory } from '#main/lab/export/whole-directory.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { partialPath } from '#main/machine/partial-files.ts'
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

test('what a process left that was killed in the middle is gone once the same place is written again, and nothing else', () => {
  const script = `
    import { mkdirSync, writeFileSync } from 'node:fs'
    import { partialPath } from '#main/machine/partial-files.ts'
    for (const name of ['report.md', 'other.md']) writeFileSync(partialPath(name), 'half')
    mkdirSync(partialPath('model'))
    process.kill(process.pid, 'SIGKILL')`
  const program = join(folder, 'killed.mjs')
  writeFileSync(program, script.replace('#main', join(import.meta.dirname, '../../../src-main')))
  expect(spawnSync(process.execPath, [program], { cwd: folder }).signal).toBe('SIGKILL')
  rmSync(program)
  const alive = partialPath(join(folder, 'report.md'))
  writeFileSync(alive, 'half')
  const left = (): string[] => readdirSync(folder).map((name) => name.replace(/\.\d+-.*/, ''))
  // The name for the living one was asked for after the dead one's was written, which was removed then.
  expect(left().sort()).toEqual(['.model', '.other.md', '.report.md'])

  writeWhole(join(folder, 'report.md'), 'whole')
  makeDirectory(join(folder, 'model'), (made) => writeFileSync(join(made, 'config.json'), '{}'))
  expect(left().sort()).toEqual(['.other.md', '.report.md', 'model', 'report.md'])
  expect(readFileSync(alive, 'utf8')).toBe('half')
})
