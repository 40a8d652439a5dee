/** Stores where this user may not write. Root may write everywhere, so a process of nobody's opens them then. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '#main/store/open-store.ts'
import { scenario } from '../../unit/store/sample-session.ts'

const NOBODY = 65_534
const opener = join(import.meta.dirname, 'opener.ts')
const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

function opened(path: string, how: 'chosen' | 'own' = 'chosen'): string {
  const { stdout, stderr } = spawnSync(process.execPath, [opener, path, how], { ...asNobody, cwd: '/', encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return stdout.trimEnd().replaceAll(folder, 'FOLDER')
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'permissions-'))
  chmodSync(folder, 0o755)
})
afterEach(() => {
  chmodSync(folder, 0o755)
  rmSync(folder, { recursive: true, force: true })
})

function made(): string {
  const path = join(folder, 'lab.db')
  const store = openStore(path)
  store.createSession({ id: 'a', name: 'x', method: 'cooper', seed: 1, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} })
  store.close()
  return path
}

const readable = process.platform !== 'win32' && spawnSync(process.execPath, ['--check', opener], { ...asNobody, cwd: '/' }).status === 0

// Where nobody may not even read the project there is nobody to try it.
describe.skipIf(!readable)('a store', () => {
  test('in a folder that is not there to be written is not made, and the line says so', () => {
    chmodSync(folder, 0o555)
    expect(opened(join(folder, 'lab.db'))).toBe('FOLDER/lab.db: no permission (EACCES); expected a file in a directory that can be written')
    expect(readdirSync(folder)).toEqual([])
  })

  test('that may only be read is refused in one line and stays as it is', () => {
    const path = made()
    chmodSync(path, 0o444)
    chmodSync(folder, 0o555)
    const before = readFileSync(path)
    expect(opened(path)).toBe('FOLDER/lab.db: no permission (EACCES); expected a file that can be read and written')
    expect(readFileSync(path)).toEqual(before)
    expect(readdirSync(folder)).toEqual(['lab.db'])
  })

  test('that may be written in a folder that may not is refused in one line, since its log has no place', () => {
    const path = made()
    chmodSync(path, 0o666)
    chmodSync(folder, 0o555)
    expect(opened(path)).toMatch(/^FOLDER\/lab\.db: [^\n]+; expected [^\n]+$/)
    expect(readdirSync(folder)).toEqual(['lab.db'])
  })

  test('that nobody chose, in a folder that can not be made, names another place to choose', () => {
    chmodSync(folder, 0o555)
    expect(opened(join(folder, 'new', 'lab.db'), 'own')).toMatch(
      /^FOLDER\/new: EACCES[^\n]+; expected a folder that can be made there, or another place for sessions \(--store FILE\)$/,
    )
  })

  test('that this user may write is opened by the same process', () => {
    mkdirSync(join(folder, 'open'))
    chmodSync(join(folder, 'open'), 0o777)
    expect(opened(join(folder, 'open', 'lab.db'))).toBe('opened with 0 sessions')
  })
})
