/** Knows which process writes a session. Each session has one writer. */
import { THIS_PROCESS, stillRuns } from '#main/machine/process-identity.ts'

/** The sessions that this process writes now. A session that has ended is not among them even if its end couldn't be written. */
const writing = new Set<string>()

export function beginWriting(id: string): void {
  writing.add(id)
}

export function endWriting(id: string): void {
  writing.delete(id)
}

/** Returns whether the process `writer`, which the session's row names, writes the session now. */
export function isWritten(id: string, writer: string): boolean {
  return writer === THIS_PROCESS ? writing.has(id) : stillRuns(writer)
}
