/**
 * Explains a store whose pages are sound but whose rows this program would not have written. The search reads every event, so it only runs when
 * something failed that had no reason to.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { DamagedContent, inWords } from './damage.ts'
import { EventCheck } from './event-check.ts'
import type { StoreReader } from './store-reader.ts'

/** @returns an error in words if `error` comes from the store's file or its content, else `error` itself */
export function explained(error: unknown, store: StoreReader): unknown {
  const file = store.database.name
  const words = inWords(error, file)
  if (words !== error || words instanceof InputError || words instanceof RunFailed) return words
  const wrong = wrongContent(store)
  return wrong === null ? error : inWords(new DamagedContent(wrong, { cause: error }), file)
}

/** @returns the first row that this program would not have written, in words; null if there is none */
function wrongContent(store: StoreReader): string | null {
  const ids = store.database.prepare<[], string>('SELECT id FROM sessions ORDER BY number').pluck().all()
  for (const id of ids) {
    const wrong = wrongSession(store, id)
    if (wrong !== null) return `session ${id}: ${wrong}`
  }
  return null
}

function wrongSession(store: StoreReader, id: string): string | null {
  const check = new EventCheck(id, (found) => new InputError(id, found, 'an event of the lab'))
  try {
    const { scenario, profiles, environment, tags } = store.session(id)
    if (typeof scenario !== 'object' || scenario === null) return 'a scenario that is none'
    if (typeof environment !== 'object' || environment === null) return 'an environment that is none'
    if (typeof profiles !== 'object') return 'profiles that are none'
    if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) return 'tags that are no texts'
    for (const event of store.events(id)) check.checked(event)
    return null
  } catch (error) {
    return error instanceof InputError ? error.found : (error as Error).message
  }
}
