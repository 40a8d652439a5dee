/**
 * Ends a process whose parent has gone, even while its main thread is held up by native code or an endless loop: a thread of its own watches the
 * parent.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const LOOKED_AT_MILLISECONDS = 500

/** Runs from text, so that it is the same in a source tree and in a package. Windows leaves the number of a parent that has ended as it was. */
const WATCH = `
const { workerData: { parent, every } } = require('node:worker_threads')
function hasGone() {
  if (process.ppid !== parent) return true
  try { process.kill(parent, 0) } catch (error) { return error.code === 'ESRCH' }
  return false
}
setInterval(() => { if (hasGone()) process.kill(process.pid, 'SIGKILL') }, every)
`

/** Resolves once the thread runs, so that its memory is allocated before a memory limit is set. */
export async function endWithParent(): Promise<void> {
  const workerData = { parent: process.ppid, every: LOOKED_AT_MILLISECONDS }
  const watch = new Worker(WATCH, { eval: true, workerData, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 } })
  // If there is no memory for another thread, the process only ends once its main thread is free.
  watch.on('error', () => {})
  await Promise.race([once(watch, 'online'), once(watch, 'exit')]).catch(() => {})
  watch.unref()
}
