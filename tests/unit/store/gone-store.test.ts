/** A store whose file goes away while it is open: SQLite goes on writing to a file that nobody will find again. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StoreTrouble } from '#shared/errors/store-trouble.ts'
import { openStore } from '#main/store/open-store.ts'
import { scenario } from './sample-session.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gone-store-'))
  path = join(folder, 'lab.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const created = { id: 'a', name: 'x', method: 'cooper', seed: 7, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
const round = { kind: 'round-finished', round: 1, virtualSeconds: 1 } as const

it.each([
  ['its folder is removed', () => rmSync(folder, { recursive: true }), 'the file is not there any more'],
  ['it is removed with its logs', () => ['', '-wal', '-shm'].forEach((end) => rmSync(path + end)), 'the file is not there any more'],
  [
    'another takes its place',
    () => {
      renameSync(path, `${path}.aside`)
      openStore(path).close()
    },
    'another file has taken its place',
  ],
])('tells whoever writes once %s', (_, goes, why) => {
  const store = openStore(path)
  store.write('a', { created, events: [round] })
  goes()
  for (const written of [{ events: [round] }, { events: [], end: { state: 'finished', endedAt: created.startedAt } as const }]) {
    expect(() => store.write('a', written)).toThrow(StoreTrouble)
    expect(() => store.write('a', written)).toThrow(`${path}: ${why}; nothing was changed, try again once the file can be used`)
  }
  store.close()
})
