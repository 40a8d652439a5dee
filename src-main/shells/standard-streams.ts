/**
 * Handles stdout and stderr of a process that may outlive their reader. A reader that has gone (`| head`, a closed terminal) wants nothing more and
 * is no reason to end; other failures to write are reported where they still can be.
 */
const GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

let failed: Error | null = null

export function surviveClosedStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code)) failed ??= error
    })
  }
}

/** Returns the error that kept a result from being written; null if there is none, or nobody wanted the result. */
export function writeFailure(): Error | null {
  return failed
}
