/**
 * The store in a thread of its own, so that neither a large query nor a slow disk holds up whoever asks. One thread is the one writer of its
 * process; calls are answered in the order they were made.
 */
import { Worker } from 'node:worker_threads'
import { type CarriedError, restore } from '#shared/rpc/carried-error.ts'
import { type Remote, connectPeer } from '#shared/rpc/peer.ts'
import { ImportControl } from './import-control.ts'
import type { SlowStatement } from './slow-statements.ts'
import type { StoreNotice } from './store-notice.ts'
import type { StoreCalls, StoreReading, StoreWriting } from './store-calls.ts'

export interface StoreOpening {
  readonly path: string
  /** True if the user named the store, which is then refused if it is damaged; the default store is set aside instead, with a notice. */
  readonly chosen: boolean
  readonly mustExist: boolean
  /** The size above which a store is checked while it is in use, instead of before. @default 64 MiB */
  readonly checkedBytes?: number
  /** The delay before that check. @default 3 */
  readonly checkAfterSeconds?: number
}

/** The notices that the thread sends unasked. */
export interface StoreNotices {
  /** Something is wrong with the file that is open. */
  damaged(finding: string): void
  slow(statement: SlowStatement): void
}

/** The thread's first message. */
export type StoreOpened = { readonly file: string; readonly notices: readonly StoreNotice[] } | { readonly failed: CarriedError }

/** A store that is only read. */
export type ReadableStore = Remote<StoreReading>

export type StoreThread = ReadableStore &
  Remote<StoreWriting> & {
    /** The path of the open file. */
    readonly file: string
    /** How much of the import under way is done, from 0 to 1; null without one. */
    readonly importShare: number | null
    /** The notices that the store's user should see about its opening. */
    readonly notices: readonly StoreNotice[]
  }

/**
 * @param onDamage called if a large store turns out to be damaged, some time after it was opened
 * @param onSlow told of statements that took long @default nobody is
 * @param entry of `store-worker.ts`
 * @throws InputError if there is no store, or none that this version can use
 */
export async function openStoreThread(
  entry: string,
  opening: StoreOpening,
  onDamage: (notice: StoreNotice) => void,
  onSlow: (statement: SlowStatement) => void = () => {},
): Promise<StoreThread> {
  const importing = new ImportControl()
  const worker = new Worker(entry, { workerData: { ...opening, importing: importing.memory } })
  const opened = await new Promise<StoreOpened>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  if ('failed' in opened) {
    await worker.terminate()
    throw restore(opened.failed)
  }
  const { file, notices } = opened
  const carrier = {
    post: (message: unknown) => worker.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => worker.on('message', listener),
  }
  const thread = connectPeer<StoreCalls, StoreNotices>(carrier, {
    damaged: (finding) => onDamage({ kind: 'damaged', file, finding }),
    slow: onSlow,
  })
  worker.on('error', (error) => thread.end(error))
  worker.on('exit', () => thread.end(new Error('the store is closed')))
  let closing: Promise<unknown> | null = null
  const close = async (): Promise<void> => {
    await (closing ??= thread.call.close().finally(() => worker.terminate()))
  }
  let lastImport: Promise<unknown> = Promise.resolve()
  // A thread that imports reads no messages, so that it learns of a cancelled import in another way.
  const importSession: StoreThread['importSession'] = (bytes, where, signal) => {
    const imported = lastImport.then(() => importing.watched(() => thread.call.importSession(bytes, where), signal))
    lastImport = imported.catch(() => {})
    return imported
  }
  const own = {
    file,
    notices,
    importSession,
    close,
    get importShare() {
      return importing.share
    },
  }
  return new Proxy(own as StoreThread, {
    get: (_, name) => (name in own ? own[name as keyof typeof own] : thread.call[name as keyof StoreCalls]),
  })
}
