/**
 * `node tests/endurance/scenarios/host.ts SCENARIO STORE [EVENT]`: runs a scenario as the command line does, and dies of SIGKILL, as a whole lab
 * does when the power goes, when it tells the event of this number.
 */
import { join } from 'node:path'
import { loadScenario } from '#main/lab/load-scenario.ts'
import { recordSession } from '#main/lab/recorded-session.ts'
import { sourceResources } from '#main/lab/resources.ts'
import { openStoreThread } from '#main/store/store-thread.ts'

const [scenario, path, last] = process.argv.slice(2)
const resources = sourceResources(join(import.meta.dirname, '..', '..', '..'))
const loaded = loadScenario(scenario!, [], process.cwd(), resources.directory)
const store = await openStoreThread(resources.storeWorker, { path: path!, chosen: true, mustExist: false }, console.error)
try {
  await recordSession(loaded, {
    resources,
    store,
    emit: (_, seq) => {
      if (seq === Number(last)) process.kill(process.pid, 'SIGKILL')
    },
  })
} finally {
  await store.close()
}
