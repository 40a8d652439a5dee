/**
 * `node tests/endurance/long-resume.ts [ROUNDS]`: kills the host of a session near its end and tells what going on with it costs: the bytes of its
 * record, and the time until the first new round is over.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { command, tinyScenario } from './killed-session.ts'

const [rounds = 1000] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'cooperlab-resume-'))
const path = join(folder, 'store.db')
try {
  // Its words mean nothing, so that in many rounds large steps lead nowhere.
  const method = { kind: 'cooper', randomDirections: 2, batchSize: 4, cloudBatchSize: 6, learningRate: 0.01 }
  const scenario = tinyScenario(folder, { stop: { rounds: rounds + 50 }, method })
  const run = command(folder, ['run', scenario, '--store', path])
  await run.told(rounds)
  run.child.kill('SIGKILL')
  const { signal, code, stderr } = await run.over
  if (signal !== 'SIGKILL') throw new Error(`it ended by itself (${code}): ${stderr.slice(-1000)}`)
  const database = new Database(path)
  const { id, parts, bytes } = database
    .prepare('SELECT id, count(*) AS parts, sum(length(answers)) AS bytes FROM sessions JOIN journal ON session = number')
    .get() as { id: string; parts: number; bytes: number }
  database.close()
  console.log(`${parts - 1} rounds, ${(bytes / 1e6).toFixed(1)} MB of answers, ${(bytes / 1000 / parts).toFixed(1)} kB a round`)
  const started = performance.now()
  const resumed = command(folder, ['resume', id, '--store', path])
  await resumed.told(parts + 1)
  const seconds = (performance.now() - started) / 1000
  console.log(`the next round is over after ${seconds.toFixed(1)} s, ${((1000 * seconds) / parts).toFixed(1)} ms for each round before it`)
  resumed.child.kill('SIGINT')
  await resumed.over
} finally {
  rmSync(folder, { recursive: true, force: true })
}
