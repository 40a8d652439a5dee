/**
 * `node tests/endurance/long-session.ts [ROUNDS] [PHONES]`: writes a session as large as one may get, as it is written while it runs, and times
 * what a window asks of it: to be opened for the first time, its marks, drawing the bar about, playing on, and to be gone on with.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceResources } from '#main/machine/resources.ts'
import { openStoreThread } from '#main/store/store-thread.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { writeBigSession } from '../bench/ui/big-session.ts'

const [rounds = 10_000, phones = 100] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'cooperlab-long-'))
const path = join(folder, 'store.db')
const resources = sourceResources(join(import.meta.dirname, '..', '..'))

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  console.log(`${what}: ${(performance.now() - started).toFixed(0)} ms`)
  return result
}

const open = () => openStoreThread(resources.storeWorker, { path, chosen: true, mustExist: true }, console.error)

try {
  await timed(`writing ${rounds} rounds of ${phones} phones`, async () =>
    writeBigSession(path, 'long', { phones, layers: 2, rounds, distinct: 50 }),
  )
  let store = await timed('opening the store', open)
  await timed('listing its sessions', () => store.sessions(''))
  const { length, view } = await timed('opening the session', () => store.viewAt('long'))
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
  console.log(
    `${length} events, ${view.rounds.length} rounds, ${megabytes(statSync(path).size)}, a view of ${megabytes(JSON.stringify(view).length)}`,
  )
  await timed('the schedule of a round in the middle', () => store.eventOfRound('long', 'round-scheduled', rounds >> 1))
  await store.close()

  store = await open()
  const stream = new Stream(deriveKey(1, 'seeks'))
  const seek = async (seq: number): Promise<number> => {
    const started = performance.now()
    await store.viewAt('long', seq)
    return performance.now() - started
  }
  const jumps: number[] = []
  for (let i = 0; i < 100; i++) jumps.push(await seek(stream.below(length)))
  const steps: number[] = []
  for (let at = length >> 1, i = 0; i < 100; i++) steps.push(await seek((at += 2 * phones)))
  for (const [what, times] of [
    ['jumps to anywhere', jumps],
    ['steps of a round', steps],
  ] as const) {
    const sorted = times.toSorted((a, b) => a - b)
    console.log(
      `100 ${what}: median ${sorted[50]!.toFixed(0)} ms, 95 of 100 within ${sorted[95]!.toFixed(0)} ms, longest ${sorted[99]!.toFixed(0)} ms`,
    )
  }
  await store.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
