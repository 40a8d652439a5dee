import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { scratchFolder, sweepScratch } from '#main/machine/scratch.ts'
import { kill, nameOf, zombie } from './processes.ts'

let base = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'scratch-'))
})
afterEach(() => rmSync(base, { recursive: true }))

async function owner(...words: string[]): Promise<{ child: ChildProcess; path: string }> {
  const program = join(import.meta.dirname, 'scratch-owner.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, base, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, path: String(text) }
}

test('a folder is private, and goes with its use or with its process', async () => {
  const folder = scratchFolder(base, 'weights')
  if (process.platform !== 'win32') expect(statSync(folder.path).mode & 0o777).toBe(0o700)
  folder[Symbol.dispose]()
  const { child, path } = await owner('leave')
  if (child.exitCode === null) await once(child, 'exit')
  expect([child.exitCode, existsSync(path)]).toEqual([3, false])
})

test('what a killed owner left is swept, what belongs to one that runs is not', async () => {
  const [killed, alive] = await Promise.all([owner(), owner()])
  await kill(killed.child)
  expect(existsSync(killed.path)).toBe(true)
  const own = scratchFolder(base, 'bench')
  sweepScratch(base)
  expect(readdirSync(base).toSorted()).toEqual([basename(alive.path), basename(own.path)].toSorted())
  own[Symbol.dispose]()
  await kill(alive.child)
})

test.runIf(process.platform === 'linux')(
  'what looks like a folder of an owner that is gone is swept only where that is certain',
  async () => {
    await using ended = await zombie()
    const parts = basename(scratchFolder(base, 'weights').path).split('-')
    const [space, letters] = [parts[4]!, parts[5]!]
    const of = (pid: number, start: string, where = space): string => `cooperlab-weights-${pid}-${start}-${where}-${letters}`
    const [pid, start] = nameOf(ended.pid).split(' ')
    const elsewhere = join(base, 'elsewhere')
    mkdirSync(elsewhere)
    const kept = [of(4194305, '1', '1'), 'cooperlab-weights-abcdef', 'cooperlab-weights-4194305-1-abcdef', `${of(4194305, '1')}x`]
    for (const name of [...kept, of(Number(pid), start!), of(4194305, '7')]) mkdirSync(join(base, name))
    symlinkSync(elsewhere, join(base, of(4194305, '8')))
    writeFileSync(join(elsewhere, 'file'), '')
    sweepScratch(base)
    expect(readdirSync(base)).toEqual(expect.arrayContaining([...kept, of(4194305, '8'), 'elsewhere']))
    expect(readdirSync(base)).not.toContain(of(Number(pid), start!))
    expect(readdirSync(base)).not.toContain(of(4194305, '7'))
    expect(existsSync(join(elsewhere, 'file'))).toBe(true)
    sweepScratch(join(base, 'nowhere'))
  },
)
