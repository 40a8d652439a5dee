/**
 * Writes faults of the lab with their stacks to a file of limited size. Users get one line instead of a stack, which would mean nothing to them.
 */
import { inspect } from 'node:util'
import { appendLimited } from '#main/machine/limited-file.ts'
import { SessionFault } from '#shared/errors/fault.ts'

const LONGEST_ENTRY = 2 ** 16
const LONGEST_LINE = 300

export interface FaultLog {
  /** Writes a fault to the log. @returns one line for the user: what happened, in which session, and where the stack is */
  tell(error: unknown): string
  /** Writes a fault to the log that is reported elsewhere. @param what what happened, in one line @param detail a stack */
  note(what: string, detail: string): void
}

/** @param file the log's path; it is made with the first fault @param about a line for every entry, such as the version of the lab */
export function openFaultLog(file: string, about: string): FaultLog {
  /** @returns why the fault could not be written; null if it was */
  const keep = (title: string, detail: string): string | null =>
    appendLimited(file, `${new Date().toISOString()} ${title} (${about})\n${detail.slice(0, LONGEST_ENTRY).trimEnd()}\n\n`)
  return {
    tell(error) {
      const where = error instanceof SessionFault ? `session ${error.session}: ` : ''
      const line = `${where}${inOneLine(error)}`
      const failure = keep(line, inspect(error instanceof SessionFault ? error.cause : error, { depth: 4 }))
      return failure === null
        ? `${line} (a fault of the lab; its details are in ${file})`
        : `${line} (a fault of the lab; its details could not be kept: ${failure})`
    },
    note: (what, detail) => void keep(what, detail),
  }
}

function inOneLine(error: unknown): string {
  const inner = error instanceof SessionFault ? error.cause : error
  const words = inner instanceof Error ? `${inner.name === 'Error' ? '' : `${inner.name}: `}${inner.message}` : String(inner)
  const flat = words.replaceAll(/\s+/g, ' ').trim() || 'an error without a word'
  return flat.length > LONGEST_LINE ? `${flat.slice(0, LONGEST_LINE - 3)}...` : flat
}
