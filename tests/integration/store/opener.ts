/** A process that opens the store at argv[2] and prints how that went, in one line. */
import { openDefaultStore, openStore } from '../../../src-main/store/open-store.ts'
import { InputError } from '../../../src-shared/errors/input-error.ts'

const [path, chosen] = process.argv.slice(2) as [string, 'chosen' | 'own']
try {
  const store = chosen === 'chosen' ? openStore(path) : openDefaultStore(path).store
  console.log(`opened with ${store.sessions().length} sessions`)
  store.close()
} catch (error) {
  if (!(error instanceof InputError)) throw error
  console.log(error.message)
}
