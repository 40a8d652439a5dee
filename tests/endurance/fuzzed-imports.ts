/**
 * `node tests/endurance/fuzzed-imports.ts [FILES] [SEED]`: imports as many damaged files, each into a store beside which nothing else may appear.
 * Exit code 1 if one crashes the import, is refused otherwise than in one line, or leaves anything behind.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src-main/store/open-store.ts'
import { exportSession, importSession } from '../../src-main/store/share.ts'
import { SessionViews } from '../../src-main/store/session-views.ts'
import { InputError } from '../../src-shared/errors/input-error.ts'
import { Stream, deriveKey } from '../../src-shared/random/counter.ts'
import { fuzzed } from '../unit/store/fuzz-share.ts'
import { sampleSession, scenario } from '../unit/store/sample-session.ts'

const [files = 1000, seed = 1] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'cooperlab-fuzz-'))
const store = openStore(join(folder, 'store.db'))
try {
  const about = { name: 'sample', method: 'cooper', seed: 7, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
  store.createSession({ id: 'good', ...about, scenario })
  store.append('good', sampleSession('good', 30))
  store.finish('good', { state: 'finished', endedAt: about.startedAt })
  const good = exportSession(store, 'good')
  const before = readdirSync(folder).sort().join()
  const stream = new Stream(deriveKey(seed, 'fuzz'))
  const views = new SessionViews(store)
  const counts = { refused: 0, imported: 0, wrong: 0 }
  for (let i = 0; i < files; i++) {
    try {
      const id = importSession(store, fuzzed(good, stream), 'fuzzed.cooperlab')
      counts.imported++
      // What was taken in can be shown.
      views.at(id)
      store.remove([id])
    } catch (error) {
      if (error instanceof InputError && !error.message.includes('\n')) counts.refused++
      else {
        counts.wrong++
        console.error(error)
      }
    }
  }
  const left = store.sessions().length - 1
  const sound = store.database.pragma('integrity_check', { simple: true }) as string
  const beside = readdirSync(folder).sort().join() === before
  console.log(
    `${files} files: ${counts.refused} refused in one line, ${counts.imported} sound enough to be shown, ${counts.wrong} otherwise`,
  )
  console.log(`${left} sessions left behind · ${beside ? 'nothing' : 'something'} written beside the store · database ${sound}`)
  process.exitCode = counts.wrong === 0 && left === 0 && beside && sound === 'ok' ? 0 : 1
} finally {
  store.close()
  rmSync(folder, { recursive: true, force: true })
}
