/**
 * Writes the output of the app and its lab to disk, since a windowed program has no terminal: one line each with its time, in a file of limited size;
 * the lab's faults and the dumps of crashes lie beside it. All of it stays on this machine.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatWithOptions } from 'node:util'
import { appendLimited, sweepFolder } from '#main/machine/limited-file.ts'

/** The limits of old logs and of dumps, which may be some megabytes each. */
const LIMITS = { days: 30, files: 20 } as const
const LONGEST_ENTRY = 2 ** 14
const LAST_LINES = 60

export class AppLog {
  readonly folder: string
  private readonly file: string
  private partial = ''

  /** Removes what is too old. @param folder that also has the lab's faults */
  constructor(folder: string) {
    this.folder = folder
    this.file = join(folder, 'app.log')
    sweepFolder(folder, /\.log(\.\d+)?$|\.dmp$/, LIMITS)
  }

  say(words: string): void {
    appendLimited(this.file, `${new Date().toISOString()} ${words.slice(0, LONGEST_ENTRY)}\n`)
  }

  /** Text as a stream brings it: kept by the line. */
  hear(text: string): void {
    const lines = (this.partial + text).split('\n')
    this.partial = lines.pop()!.slice(-LONGEST_ENTRY)
    lines.filter((line) => line.trim() !== '').forEach((line) => this.say(line))
  }

  /** Keeps also what the app's own code prints. */
  takeConsole(): void {
    for (const level of ['log', 'warn', 'error'] as const) {
      const print = console[level].bind(console)
      console[level] = (...words: unknown[]) => {
        this.say(formatWithOptions({ colors: false }, ...(words as [unknown])))
        print(...words)
      }
    }
  }

  lastLines(): string[] {
    try {
      return readFileSync(this.file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES)
    } catch {
      return []
    }
  }
}
