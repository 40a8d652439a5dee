/** Sessions are the user's: nobody else may read them, however the system is set up and whatever was there before. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownFolder } from '#main/machine/private-files.ts'
import { openingWords, storeNoticeWords } from '#main/shells/store-notice-words.ts'
import { openDefaultStore, openStore } from '#main/store/open-store.ts'
import { scenario } from './sample-session.ts'

let folder = ''
const umask = process.umask()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-store-'))
})
afterEach(() => {
  process.umask(umask)
  rmSync(folder, { recursive: true, force: true })
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const modesIn = (directory: string): string[] => [...new Set(readdirSync(directory).map((name) => modeOf(join(directory, name))))]

const about = { name: 'x', method: 'cooper', seed: 1, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }

describe.skipIf(process.platform === 'win32')('with modes of files', () => {
  test.each([0o022, 0o077, 0o000])('a store and its logs are private under umask %o', (mask) => {
    process.umask(mask)
    const chosen = openStore(join(folder, 'chosen.db'))
    chosen.createSession({ id: 'a', ...about })
    expect(readdirSync(folder).length).toBeGreaterThan(1)
    expect(modesIn(folder)).toEqual(['600'])
    chosen.close()
    const { store, notices } = openDefaultStore(join(folder, 'share', 'cooperlab', 'sessions.db'))
    store.createSession({ id: 'a', ...about })
    expect(notices).toEqual([])
    expect([modeOf(join(folder, 'share', 'cooperlab')), ...modesIn(join(folder, 'share', 'cooperlab'))]).toEqual(['700', '600'])
    store.close()
  })

  test('a store that others could read is mended with its logs, and that is told, once', () => {
    const path = join(folder, 'cooperlab', 'sessions.db')
    openDefaultStore(path).store.close()
    const reader = openStore(path)
    reader.createSession({ id: 'a', ...about })
    chmodSync(join(folder, 'cooperlab'), 0o755)
    for (const name of readdirSync(join(folder, 'cooperlab'))) chmodSync(join(folder, 'cooperlab', name), 0o644)
    const { store, notices } = openDefaultStore(path)
    expect(openingWords(notices)).toBe(
      `Other users could look into ${join(folder, 'cooperlab')} (mode 0755); that is mended (now 0700). ` +
        `Other users could look into ${path} (mode 0644); that is mended (now 0600).`,
    )
    expect([modeOf(join(folder, 'cooperlab')), ...modesIn(join(folder, 'cooperlab'))]).toEqual(['700', '600'])
    store.close()
    reader.close()
    const again = openDefaultStore(path)
    expect(again.notices).toEqual([])
    again.store.close()
  })

  test("the folder of a store that somebody chose is the user's own affair; the store is mended", () => {
    const path = join(folder, 'lab.db')
    openStore(path).close()
    chmodSync(folder, 0o755)
    chmodSync(path, 0o664)
    const told: string[] = []
    openStore(path, { tell: (notice) => told.push(storeNoticeWords(notice)) }).close()
    expect(told).toEqual([`Other users could look into ${path} (mode 0664); that is mended (now 0600).`])
    expect([modeOf(path), modeOf(folder)]).toEqual(['600', '755'])
  })

  test('a folder that all users write into is left as it is', () => {
    const shared = join(folder, 'tmp')
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    expect(ownFolder(shared)).toBeNull()
    expect(statSync(shared).mode & 0o7777).toBe(0o1777)
  })

  test('a link to nothing is refused and nothing is made at its end; a link to a store opens it', () => {
    const [link, target] = [join(folder, 'link.db'), join(folder, 'target.db')]
    symlinkSync(target, link)
    expect(() => openStore(link)).toThrow(
      `${link}: a link to ${target}, where there is nothing; expected a file, or a link to a store that is there`,
    )
    expect(() => openDefaultStore(link)).toThrow('a link to')
    expect(existsSync(target)).toBe(false)
    openStore(target).close()
    chmodSync(target, 0o644)
    openStore(link).close()
    expect(modeOf(target)).toBe('600')
    symlinkSync(join(folder, 'loop.db'), join(folder, 'loop.db'))
    expect(() => openStore(join(folder, 'loop.db'))).toThrow('a link to')
  })
})
