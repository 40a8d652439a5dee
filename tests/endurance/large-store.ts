/**
 * `node tests/endurance/large-store.ts [MEGABYTES]`: fills a store with sessions, as they are written while they run, until it is as large as
 * that, and times the start of the lab with it: until the store is open, until its sessions are listed, and until the lab in a browser can be
 * reached. Then waits for the check of all its pages, and times what is asked meanwhile.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sourceResources } from '#main/machine/resources.ts'
import { storeNoticeWords } from '#main/shells/store-notice-words.ts'
import { openStoreThread } from '#main/store/store-thread.ts'
import { writeBigSession } from '../bench/ui/big-session.ts'

const [megabytes = 500] = process.argv.slice(2).map(Number)
const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'src-main', 'shells', 'cli', 'main.ts')
const folder = mkdtempSync(join(tmpdir(), 'cooperlab-large-'))
const path = join(folder, 'store.db')
const { storeWorker } = sourceResources(root)

/** Until the address is printed. */
async function startLab(): Promise<number> {
  const started = performance.now()
  const lab = spawn(process.execPath, [main, 'start', '--web', '--store', path], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  const told = new Promise<number>((resolve) => {
    for (const stream of [lab.stdout, lab.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        if (printed.includes('http://127.0.0.1')) resolve(performance.now() - started)
      })
    }
  })
  const over = once(lab, 'close').then(() => {
    throw new Error(`the lab ended: ${printed}`)
  })
  const milliseconds = await Promise.race([told, over])
  lab.kill('SIGINT')
  await over.catch(() => {})
  return milliseconds
}

try {
  let sessions = 0
  while (sessions === 0 || statSync(path).size < megabytes * 1e6) {
    writeBigSession(path, `session-${++sessions}`, { phones: 16, layers: 4, rounds: 500 })
  }
  console.log(`${sessions} sessions, ${(statSync(path).size / 1e6).toFixed(0)} MB`)

  const started = performance.now()
  const since = (): string => `${(performance.now() - started).toFixed(0)} ms`
  const warnings: string[] = []
  const store = await openStoreThread(storeWorker, { path, chosen: true, mustExist: true, checkAfterSeconds: 0 }, (notice) =>
    warnings.push(storeNoticeWords(notice)),
  )
  console.log(`the store is open after ${since()}`)
  console.log(`${(await store.sessions('')).length} sessions are listed after ${since()}`)
  await store.viewAt('session-1')
  console.log(`one of them is opened after ${since()}`)

  let longest = 0
  for (let i = 0; i < 50; i++) {
    await sleep(100)
    const asked = performance.now()
    await store.viewAt(`session-${1 + (i % sessions)}`, 1000 + 37 * i)
    longest = Math.max(longest, performance.now() - asked)
  }
  console.log(`of 50 moments asked for while its pages are checked the slowest took ${longest.toFixed(0)} ms`)
  console.log(warnings.length === 0 ? 'nothing to warn of' : warnings.join('\n'))
  await store.close()

  // The first start also builds the window, where it has changed.
  await startLab()
  const starts = [await startLab(), await startLab(), await startLab()]
  console.log(`the lab is there after ${starts.map((each) => `${(each / 1000).toFixed(2)} s`).join(', ')}`)
  process.exitCode = warnings.length === 0 && Math.min(...starts) < 2000 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
