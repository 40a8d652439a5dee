/** Loaded before any process of the lab: breaks what `FAULT` names, as a mistake in the code would. */
import childProcess, { type SpawnOptions } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const { FAULT: fault, NODE_OPTIONS: options } = process.env

// What the lab starts has an environment of its own, and gets the same mistakes.
const { spawn } = childProcess
childProcess.spawn = ((file: string, words: readonly string[], how: SpawnOptions) =>
  spawn(file, words, { ...how, env: { ...how.env, FAULT: fault, NODE_OPTIONS: options } })) as typeof spawn
syncBuiltinESMExports()

const program = process.argv[1] ?? ''

function broken(): never {
  return (null as unknown as { deep: { down: never } }).deep.down
}

if (fault === 'command' && program.endsWith('cli/main.ts')) {
  const { commands } = await import('#main/shells/cli/commands/index.ts')
  for (const command of commands) command.run = async () => broken()
}
if (fault === 'callback' && program.endsWith('cli/main.ts')) {
  const { commands } = await import('#main/shells/cli/commands/index.ts')
  for (const command of commands) command.run = () => new Promise(() => setImmediate(broken))
}
if (fault === 'host' && program.endsWith('cli/main.ts') && isMainThread) {
  const { RoundClock } = await import('#main/federation/round-clock.ts')
  RoundClock.prototype.round = broken
}
if (fault === 'store' && !isMainThread) {
  const { Store } = await import('#main/store/store.ts')
  Store.prototype.write = broken
}
if (fault === 'cloud' && program.endsWith('workers/cloud.ts')) {
  const { CloudProgram } = await import('#main/workers/cloud-program.ts')
  CloudProgram.prototype.evaluate = broken
}
if (fault === 'phone' && program.endsWith('workers/device.ts')) {
  const { PhoneProgram } = await import('#main/workers/phone-program.ts')
  PhoneProgram.prototype.probe = broken
}
if (fault === 'reader' && program.endsWith('reading/reader-worker.ts')) {
  const { jobs } = await import('#main/reading/jobs.ts')
  for (const name of Object.keys(jobs)) (jobs as Record<string, unknown>)[name] = broken
}
