/**
 * `node tests/endurance/scenarios/host.ts SCENARIO STORE die|workers|slow EVENT` or `... tune ROUND`: runs a scenario as the command line does. It dies of
 * SIGKILL, as a whole lab does when the power goes, when it tells the event of this number; or from that event on its workers are disturbed: one
 * is killed, or now and then one is stopped for a moment, as on a machine that has no time for it; or a phone's numbers change before the round.
 * `... resume N`: the session of the store goes on, and one of its workers is killed when the Nth event since then is told.
 */
import { join } from 'node:path'
import { type Steering, untilAborted } from '#main/federation/steering.ts'
import { loadScenario } from '#main/reading/load-scenario.ts'
import { recordSession, resumeSession } from '#main/lab/record-session.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { openStoreThread } from '#main/store/store-thread.ts'
import { workersOf } from '../killed-session.ts'

const [scenario, path, how, number] = process.argv.slice(2)
const at = Number(number)
const resources = sourceResources(join(import.meta.dirname, '..', '..', '..'))
const loaded = loadScenario(scenario!, [], process.cwd(), resources.directory)
const store = await openStoreThread(resources.storeWorker, { path: path!, chosen: true, mustExist: false }, console.error)

const STOPPED_MILLISECONDS = 150
const EVENTS_BETWEEN_STOPS = 12

function disturb(seq: number): void {
  if (how === 'die' && seq === at) process.kill(process.pid, 'SIGKILL')
  else if (how === 'workers' && seq === at) signal(at, 'SIGKILL')
  else if (how === 'slow' && seq >= at && seq % EVENTS_BETWEEN_STOPS === 0) {
    const pid = signal(seq / EVENTS_BETWEEN_STOPS, 'SIGSTOP')
    if (pid !== null) setTimeout(() => tryKill(pid, 'SIGCONT'), STOPPED_MILLISECONDS)
  }
}

/** @returns whom it reached */
function signal(which: number, name: NodeJS.Signals): number | null {
  const pids = [...workersOf(process.pid, 'device'), ...workersOf(process.pid, 'cloud')]
  const pid = pids[which % pids.length]
  return pid !== undefined && tryKill(pid, name) ? pid : null
}

function tryKill(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

const steady = untilAborted(new AbortController().signal)
const change = { gflops: 2, rttMs: 90, lossRate: 0.1 }
const steering: Steering =
  how === 'tune' ? { ...steady, beforeRound: async (round) => (round === at ? [{ phone: 1, change }] : []) } : steady
let told = 0
try {
  if (how === 'resume')
    await resumeSession((await store.sessions(''))[0]!.id, { resources, store, emit: () => void (++told === at && signal(at, 'SIGKILL')) })
  else await recordSession(loaded, { resources, store, steering, emit: (_, seq) => disturb(seq) })
} finally {
  await store.close()
}
