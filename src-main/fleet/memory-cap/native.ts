/** The door to the operating system's own functions: koffi, loaded once and only when a mechanism needs it. */
import { createRequire } from 'node:module'

type Koffi = (typeof import('koffi'))['default']

let loaded: Koffi | undefined

/** koffi, or an `Error` that says why it can't load (its binary is missing for this platform, or the package is). */
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

/** The clause for `CapMechanism.unavailable` when asking the system failed. */
export function clauseOf(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error))
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
