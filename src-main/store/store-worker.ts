/** Entry point of the thread that has a store open: opens it, says how that went, and answers calls until it is told to close. */
import { parentPort, workerData } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { openDefaultStore, openStore } from './open-store.ts'
import { storeService } from './store-service.ts'
import type { Opened, StoreOpening } from './store-thread.ts'
import { carry, errorsOut } from './thread-errors.ts'

const port = parentPort!
const tell = (opened: Opened): void => port.postMessage(opened)

try {
  const { path, chosen, mustExist } = workerData as StoreOpening
  const { store, file, notice } = chosen ? { store: openStore(path, { mustExist }), file: path, notice: null } : openDefaultStore(path)
  createBirpc(storeService(store), {
    post: (message) => port.postMessage(message),
    on: (listener) => port.on('message', listener),
    serialize: errorsOut,
  })
  tell({ file, notice })
} catch (error) {
  tell({ failed: carry(error) })
}
