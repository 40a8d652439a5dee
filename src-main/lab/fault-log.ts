/**
 * Keeps faults of the lab with their stacks in a file of limited size. Whoever has to tell of one gets a line for it: a stack is no answer to anybody who
 * asked for something else.
 */
import { appendFileSync, closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { inspect } from 'node:util'
import { SessionFault } from '#shared/errors/fault.ts'

/** Of the file; the one before it is kept as well. */
const MOST_BYTES = 2 ** 20
const LONGEST_ENTRY = 2 ** 16
const LONGEST_LINE = 300

export interface FaultLog {
  /** Keeps it. @returns what to tell of it: one line with what happened, in which session, and where the stack is */
  tell(error: unknown): string
  /** Keeps what was told elsewhere. @param what one line @param detail a stack */
  note(what: string, detail: string): void
}

/** @param file made with the first fault @param about goes with every entry: the version of the lab, say */
export function openFaultLog(file: string, about: string): FaultLog {
  /** @returns why it could not be kept; null: it was */
  const keep = (title: string, detail: string): string | null => {
    const entry = `${new Date().toISOString()} ${title} (${about})\n${detail.slice(0, LONGEST_ENTRY).trimEnd()}\n\n`
    try {
      mkdirSync(dirname(file), { recursive: true })
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
      if (size + Buffer.byteLength(entry) > MOST_BYTES) renameSync(file, `${file}.1`)
      appendFileSync(file, endsLine(file) ? entry : `\n${entry}`)
      return null
    } catch (error) {
      return (error as Error).message
    }
  }
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

/** The disk may have been full in the middle of the entry before. */
function endsLine(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return true
  const last = Buffer.alloc(1)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, last, 0, 1, size - 1)
  } finally {
    closeSync(descriptor)
  }
  return last[0] === 0x0a
}

function inOneLine(error: unknown): string {
  const inner = error instanceof SessionFault ? error.cause : error
  const words = inner instanceof Error ? `${inner.name === 'Error' ? '' : `${inner.name}: `}${inner.message}` : String(inner)
  const flat = words.replaceAll(/\s+/g, ' ').trim() || 'an error without a word'
  return flat.length > LONGEST_LINE ? `${flat.slice(0, LONGEST_LINE - 3)}...` : flat
}
