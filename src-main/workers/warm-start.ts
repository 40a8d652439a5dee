/**
 * Ends a start that only fills the compile cache (see fleet/compile-cache.ts). Node's normal exit joins V8's threads, and once in some thousand times
 * one of them never comes; the cache is on disk by then, so this process needs no normal exit.
 */
import { flushCompileCache } from 'node:module'

export function endWarmStart(): never {
  flushCompileCache()
  process.kill(process.pid, 'SIGKILL')
  throw new Error('a process outlives no SIGKILL')
}
