/**
 * Signals that ask a process to end: Ctrl-C, a closed terminal, `kill`, the system's shutdown. All of them end everything in order, and a second
 * one ends at once. Where npm started the process, its end is such a signal too: npm passes on only some of those that it gets.
 */
import { readFileSync } from 'node:fs'

const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
/** The exit code of an interrupted command, as the command line promises. */
const INTERRUPTED = 130
const PARENT_LOOKED_AT_MILLISECONDS = 1000

type Asked = () => void

/** The handler that was added last decides how to end. */
const listeners: Asked[] = []
let asked = false

/**
 * Handles end signals for the whole life of the process. Unless an orderly end is under way, a signal ends the process at once, after its exit
 * handlers.
 */
export function heedEndSignals(): void {
  for (const signal of SIGNALS) process.on(signal, onSignal)
  if (process.env['npm_lifecycle_event'] !== undefined && process.platform !== 'win32') watchParents()
}

/** @param end called once, at the first signal @returns to be called when there is nothing to end in order any more */
export function onEndSignal(end: Asked): () => void {
  listeners.push(end)
  return () => {
    const at = listeners.lastIndexOf(end)
    if (at >= 0) listeners.splice(at, 1)
  }
}

/** Ignores end signals in a process that its parent ends: a terminal sends them to all processes of its group. */
export function leaveEndToParent(): void {
  for (const signal of SIGNALS) if (signal !== 'SIGTERM') process.on(signal, () => {})
}

function onSignal(): void {
  const end = listeners.at(-1)
  if (asked || !end) process.exit(INTERRUPTED)
  asked = true
  end()
}

/** npm runs a shell that runs this process, or this process in its place. */
function watchParents(): void {
  const parent = process.ppid
  const grandparent = parentOf(parent)
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === grandparent) return
    clearInterval(timer)
    if (!asked) onSignal()
  }, PARENT_LOOKED_AT_MILLISECONDS)
  timer.unref()
}

/** Returns the parent's process id; null where it can't be told. */
function parentOf(pid: number): string | null {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[1] ?? null
  } catch {
    return null
  }
}
