/**
 * `node tests/endurance/random-kills.ts [KILLS] [SEED]`: as many sessions of one short scenario, each with a SIGKILL of the host, the cloud or a
 * phone at a random moment, gone on with until they end. Exit code 1 unless all end with the digest of the undisturbed session.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stream, deriveKey } from '../../src-shared/random/counter.ts'
import { ROUNDS, type Victim, killedSession, tinyScenario } from './killed-session.ts'

const [kills = 50, seed = 1] = process.argv.slice(2).map(Number)
/** In which a host has read its data and its phones are on their way. */
const STARTING_MILLISECONDS = 1500

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-kills-'))
const scenario = tinyScenario(directory)
const stream = new Stream(deriveKey(seed, 'kills'))
try {
  const started = performance.now()
  const undisturbed = await killedSession(directory, scenario, join(directory, 'undisturbed.db'), null)
  const milliseconds = undisturbed.summary.wallSeconds * 1000
  console.log(`undisturbed: ${undisturbed.summary.digest} in ${milliseconds.toFixed(0)} ms`)
  let same = 0
  let sound = 0
  const resumed: Record<Victim, number> = { host: 0, cloud: 0, phone: 0 }
  let done = 0
  while (done < kills) {
    const victim = (['host', 'cloud', 'phone'] as const)[stream.below(3)]!
    // Now and then while it starts, where there are no workers yet that could be killed.
    const round = stream.below(ROUNDS + 2) - 1
    const [afterRound, within] =
      victim === 'host' && round < 0 ? [null, STARTING_MILLISECONDS] : [Math.max(0, round), milliseconds / ROUNDS]
    const kill = { victim, afterRound, afterMilliseconds: stream.below(Math.ceil(within)), phone: stream.below(3) }
    const store = join(directory, `${done}.db`)
    const { summary, integrity, starts, killed } = await killedSession(directory, scenario, store, kill)
    for (const part of ['', '-wal', '-shm']) rmSync(store + part, { force: true })
    // It was over before.
    if (!killed) continue
    const equal = summary.digest === undisturbed.summary.digest
    if (equal) same++
    if (integrity === 'ok') sound++
    resumed[victim]++
    done += 1
    console.log(
      `${done}/${kills}: ${victim} killed ${kill.afterMilliseconds} ms after ${afterRound === null ? 'it was started' : `round ${afterRound}`} · ${starts} starts · ${equal ? 'same digest' : summary.digest} · database ${integrity}`,
    )
  }
  const seconds = (performance.now() - started) / 1000
  console.log(
    `${same} of ${kills} ended with the undisturbed digest, ${sound} databases sound (${JSON.stringify(resumed)}, ${seconds.toFixed(0)} s)`,
  )
  process.exitCode = same === kills && sound === kills ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
