/** Chooses the store of a command: the one of `--store`, or the user's own, which the app uses too. */
import { resolve } from 'node:path'
import { openingWords, storeNoticeWords } from '../store-notice-words.ts'
import { defaultStorePath } from '../store-path.ts'
import { openDefaultStore, openStore } from '#main/store/open-store.ts'
import { noteSlow } from '#main/lab/note-slow.ts'
import type { StoreNotice } from '#main/store/store-notice.ts'
import type { Store } from '#main/store/store.ts'
import { explained } from '#main/store/wrong-content.ts'
import { type StoreThread, openStoreThread } from '#main/store/store-thread.ts'
import type { CommandContext, OptionSpec, Options } from './command.ts'
import type { Output } from './terminal.ts'

export const STORE_OPTION: Readonly<Record<string, OptionSpec>> = { store: { type: 'string', value: 'FILE' } }

/** Does work with the store in this thread. @param mustExist @default true */
export async function withStore<T>(
  { cwd, stderr }: CommandContext,
  options: Options,
  work: (store: Store) => T | Promise<T>,
  mustExist = true,
): Promise<T> {
  const chosen = options['store'] as string | undefined
  const store =
    chosen === undefined
      ? ownStore(stderr)
      : openStore(resolve(cwd, chosen), { mustExist, tell: (notice) => void stderr.write(`${storeNoticeWords(notice)}\n`) })
  try {
    return await work(store)
  } catch (error) {
    throw explained(error, store)
  } finally {
    store.close()
  }
}

/** Does work with the store in a thread of its own, as what goes on meanwhile needs it. */
export async function withStoreThread<T>(
  { cwd, stderr, resources, faults }: CommandContext,
  chosen: string | undefined,
  mustExist: boolean,
  work: (store: StoreThread) => Promise<T>,
): Promise<T> {
  const tell = (words: string): void => void stderr.write(`${words}\n`)
  const path = chosen === undefined ? defaultStorePath() : resolve(cwd, chosen)
  const opening = { path, chosen: chosen !== undefined, mustExist }
  const onDamage = (notice: StoreNotice): void => tell(storeNoticeWords(notice))
  const store = await openStoreThread(resources.storeWorker, opening, onDamage, noteSlow(faults))
  const words = openingWords(store.notices)
  if (words !== null) tell(words)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function ownStore(stderr: Output): Store {
  const { store, notices } = openDefaultStore(defaultStorePath())
  const words = openingWords(notices)
  if (words !== null) stderr.write(`${words}\n`)
  return store
}
