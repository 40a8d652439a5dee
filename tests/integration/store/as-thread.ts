/** A store in this thread, as a thread of its own would have it: for tests that have to get at its file meanwhile. */
import type { StoreCalls } from '#main/store/store-calls.ts'
import { storeService } from '#main/store/store-service.ts'
import type { StoreThread } from '#main/store/store-thread.ts'
import type { Store } from '#main/store/store.ts'

export function asThread(store: Store): StoreThread {
  const service = storeService(store) as unknown as Record<string, (...args: unknown[]) => unknown>
  const calls = Object.fromEntries(Object.keys(service).map((name) => [name, async (...args: unknown[]) => service[name]!(...args)]))
  return { ...(calls as unknown as { [K in keyof StoreCalls]: never }), file: 'lab.db', notice: null } as unknown as StoreThread
}
