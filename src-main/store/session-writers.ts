/** Which process writes a session. Each session has one writer. */
import { THIS_PROCESS, stillRuns } from '#main/machine/process-identity.ts'

/** Sessions that this process writes now. One whose end couldn't be written belongs to nobody all the same. */
const writing = new Set<string>()

export function beginWriting(id: string): void {
  writing.add(id)
}

export function endWriting(id: string): void {
  writing.delete(id)
}

/** Whether `writer`, which is kept with the session, writes it now. */
export function isWritten(id: string, writer: string): boolean {
  return writer === THIS_PROCESS ? writing.has(id) : stillRuns(writer)
}
