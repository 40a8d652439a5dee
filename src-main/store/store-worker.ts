/**
 * Entry point of the thread that has a store open: opens it, says how that went, answers calls until it is told to close, and tells if a large
 * store turns out to be damaged.
 */
import { statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { carry } from '#shared/rpc/carried-error.ts'
import { connectPeer } from '#shared/rpc/peer.ts'
import { ImportControl } from './import-control.ts'
import { CHECKED_BYTES } from './inspect-file.ts'
import { type OpenedStore, openDefaultStore, openStore } from './open-store.ts'
import { PageCheck } from './page-check.ts'
import type { SlowStatement } from './slow-statements.ts'
import type { StoreCalls } from './store-calls.ts'
import type { StoreNotice } from './store-notice.ts'
import { storeService } from './store-service.ts'
import type { StoreOpened, StoreNotices, StoreOpening } from './store-thread.ts'
import { explained } from './wrong-content.ts'

/** The delay before a large store is checked. */
const CHECK_AFTER_SECONDS = 3

const port = parentPort!
const tell = (opened: StoreOpened): void => port.postMessage(opened)

/** Called with slow statements; until the store is open nobody listens. */
let tellSlow: (slow: SlowStatement) => void = () => {}
const onSlow = (slow: SlowStatement): void => tellSlow(slow)

try {
  const { path, chosen, mustExist, checkedBytes = CHECKED_BYTES, checkAfterSeconds = CHECK_AFTER_SECONDS } = workerData as StoreOpening
  const { importing } = workerData as { readonly importing: SharedArrayBuffer }
  const { store, file, notices } = chosen ? openChosen(path, mustExist) : openDefaultStore(path, onSlow)
  const service: StoreCalls = storeService(store, new ImportControl(importing))
  let check: PageCheck | null = null
  const close = async (): Promise<void> => {
    await check?.stop()
    service.close()
  }
  const carrier = {
    post: (message: unknown) => port.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => port.on('message', listener),
  }
  const lab = connectPeer<StoreNotices, object>(carrier, { ...service, close }, { answered: (error) => explained(error, store) })
  tellSlow = (slow) => lab.tell.slow(slow)
  tell({ file, notices })
  if (statSync(file).size > checkedBytes) {
    check = new PageCheck({
      entry: join(import.meta.dirname, `check-pages${extname(import.meta.filename)}`),
      file,
      afterSeconds: checkAfterSeconds,
      onDamage: (finding) => lab.tell.damaged(finding),
    })
  }
} catch (error) {
  tell({ failed: carry(error) })
}

function openChosen(path: string, mustExist: boolean): OpenedStore {
  const notices: StoreNotice[] = []
  const store = openStore(path, { mustExist, onSlow, tell: (notice) => void notices.push(notice) })
  return { store, file: path, notices }
}
