/** Gives access to the operating system's own functions through koffi, which is loaded once and only when a mechanism needs it. */
import { createRequire } from 'node:module'

type Koffi = (typeof import('koffi'))['default']

let loaded: Koffi | undefined

/** @throws Error that says why koffi can't load: the package is missing, or its binary for this platform */
export function koffi(): Koffi {
  if (loaded) return loaded
  try {
    loaded = createRequire(import.meta.url)('koffi') as Koffi
    return loaded
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`koffi can't load on ${process.platform}-${process.arch}: ${firstLine(message)}`, { cause: error })
  }
}

/** Words an error of a system call as a clause for `CapMechanism.unavailable`. */
export function clauseOf(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error))
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
