import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BuildPart, isCurrent, stamped } from '#main/shells/build-stamp.ts'

const PART: BuildPart = { folder: 'out/part', sources: ['source/**/*', 'settings.json'] }
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'build-stamp-'))
  mkdirSync(join(root, 'source'))
  write('source/main.js', "import { words } from './words.js'\nconsole.log(words)\n")
  write('source/words.js', "export const words = 'first'\n")
  write('settings.json', '{}')
})

afterEach(() => rmSync(root, { recursive: true }))

const write = (name: string, text: string) => writeFileSync(join(root, name), text)

async function make(): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'silent',
    plugins: [stamped(root, PART)],
    build: { ssr: 'source/main.js', outDir: PART.folder, emptyOutDir: true },
  })
}

test('what was built is current until one of its sources has other content, comes or goes, whatever the times of files say', async () => {
  expect(isCurrent(root, PART)).toBe(false)
  await make()
  expect(isCurrent(root, PART)).toBe(true)
  // A checkout and a copy make everything new.
  utimesSync(join(root, 'source/words.js'), new Date(), new Date(Date.now() + 60_000))
  expect(isCurrent(root, PART)).toBe(true)
  write('source/words.js', "export const words = 'later'\n")
  utimesSync(join(root, 'source/words.js'), new Date(0), new Date(0))
  expect(isCurrent(root, PART)).toBe(false)
  await make()
  expect(isCurrent(root, PART)).toBe(true)
  expect(readFileSync(join(root, PART.folder, 'main.mjs'), 'utf8')).toContain('later')
  write('source/other.js', '')
  expect(isCurrent(root, PART)).toBe(false)
  rmSync(join(root, 'source/other.js'))
  expect(isCurrent(root, PART)).toBe(true)
  rmSync(join(root, 'out'), { recursive: true })
  expect(isCurrent(root, PART)).toBe(false)
})

test('a build that takes in a file which is not among its sources fails and names it, and leaves nothing that passes for current', async () => {
  write('elsewhere.js', 'export const far = 1\n')
  write('source/words.js', "export { far as words } from '../elsewhere.js'\n")
  await expect(make()).rejects.toThrow('elsewhere.js is part of out/part but not among its sources')
  expect(isCurrent(root, PART)).toBe(false)
})
