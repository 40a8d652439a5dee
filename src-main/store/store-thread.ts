/**
 * The store in a thread of its own, so that neither a large query nor a slow disk holds up whoever asks. One thread is the one writer of its
 * process; calls are answered in the order they were made.
 */
import { Worker } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { DAMAGE_ADVICE } from './damage.ts'
import { ImportControl } from './import-control.ts'
import type { StoreCalls } from './store-calls.ts'
import { type CarriedError, errorsIn, unpack } from './thread-errors.ts'

export interface StoreOpening {
  readonly path: string
  /** The user named it: what is wrong with it is refused. Else it is set aside and told. */
  readonly chosen: boolean
  readonly mustExist: boolean
  /** Larger ones are checked while they are in use. @default 64 MiB */
  readonly checkedBytes?: number
  /** @default 3 */
  readonly checkAfterSeconds?: number
}

/** What the thread tells unasked. */
export interface StoreNotices {
  /** Something is wrong with the file that is open. */
  damaged(finding: string): void
}

/** The thread's first message. */
export type OpenedStore = { readonly file: string; readonly notice: string | null } | { readonly failed: CarriedError }

export type StoreThread = {
  readonly [K in keyof StoreCalls]: (...args: Parameters<StoreCalls[K]>) => Promise<Awaited<ReturnType<StoreCalls[K]>>>
} & {
  /** The file that is open. */
  readonly file: string
  readonly importing: ImportControl
  /** What there is to tell about its opening, in one sentence; null: nothing. */
  readonly notice: string | null
}

/**
 * @param onDamage told in one sentence if a large store turns out to be damaged, some time after it was opened
 * @param entry of `store-worker.ts`
 * @throws InputError if there is no store, or none that this version can use
 */
export async function openStoreThread(entry: string, opening: StoreOpening, onDamage: (words: string) => void): Promise<StoreThread> {
  const importing = new ImportControl()
  const worker = new Worker(entry, { workerData: { ...opening, importing: importing.memory } })
  const opened = await new Promise<OpenedStore>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  if ('failed' in opened) {
    await worker.terminate()
    throw unpack(opened.failed)
  }
  const { file, notice } = opened
  const rpc = createBirpc<StoreCalls, StoreNotices>(
    {
      damaged: (finding) => onDamage(`The store of sessions ${file} is damaged (${finding}). ${DAMAGE_ADVICE}`),
    },
    {
      post: (message) => worker.postMessage(message),
      on: (listener) => worker.on('message', listener),
      deserialize: errorsIn,
      timeout: -1,
    },
  )
  worker.on('error', (error) => rpc.$close(error))
  worker.on('exit', () => rpc.$close(new Error('the store is closed')))
  let closing: Promise<unknown> | null = null
  const close = async (): Promise<void> => {
    await (closing ??= rpc.close().finally(() => worker.terminate()))
  }
  return new Proxy({ file, notice, importing, close } as StoreThread, {
    get: (own, name) => (name in own ? own[name as keyof StoreThread] : rpc[name as keyof StoreCalls]),
  })
}
