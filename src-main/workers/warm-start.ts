/**
 * The end of a start that does nothing but fill the compile cache (see fleet/compile-cache.ts). Node's own end joins V8's threads, and once in some
 * thousand times one of them never comes; what this process has to leave behind is on disk before, so it needs no such end.
 */
import { flushCompileCache } from 'node:module'

export function endWarmStart(): never {
  flushCompileCache()
  process.kill(process.pid, 'SIGKILL')
  throw new Error('a process outlives no SIGKILL')
}
