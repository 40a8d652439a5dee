/** The lab with its store, ready for windows to be connected to it, whichever shell does it. */
import { isFault } from '#shared/errors/fault.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { Channel } from '#shared/rpc/channel.ts'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import { serveLab } from '#shared/api/lab-rpc.ts'
import { LabHost, type LabHostOptions } from '#main/lab/host/lab-host.ts'
import { type FaultLog, openFaultLog } from '#main/lab/fault-log.ts'
import { noteSlow } from '#main/lab/note-slow.ts'
import type { StoreNotice } from '#main/store/store-notice.ts'
import { openStoreThread } from '#main/store/store-thread.ts'
import { openingWords, storeNoticeWords } from './store-notice-words.ts'
import { defaultStorePath, faultLogPath } from './store-path.ts'

export interface LabOptions extends Omit<LabHostOptions, 'store' | 'notices' | 'warnings' | 'faults'> {
  /** Absolute; null: where the lab keeps sessions by itself. */
  readonly storePath: string | null
  /** Keeps faults of the lab. @default in its user's data folder */
  readonly faults?: FaultLog
  /** Called with each fault in one line. */
  readonly onFault: (words: string) => void
}

export interface OpenLab {
  readonly host: LabHost
  /** The file that keeps the sessions. */
  readonly storePath: string
  /** Connects a window, which may call and is sent notices until its channel closes. */
  connect(channel: Channel): void
  /** Ends sessions after the round they are in, so that they can go on another day. */
  close(): Promise<void>
}

/** @throws InputError if the store that was named can't be opened */
export async function openLab({ storePath, onFault, faults: given, ...options }: LabOptions): Promise<OpenLab> {
  const opening = { path: storePath ?? defaultStorePath(), chosen: storePath !== null, mustExist: false }
  const windows = new Set<LabNotices>()
  const each = (tell: (window: LabNotices) => void): void => windows.forEach(tell)
  const warnings: string[] = []
  const warn = (words: string): void => {
    warnings.push(words)
    each((window) => window.warn(words))
  }
  const kept =
    given ?? openFaultLog(faultLogPath(), `lab ${options.version}, Node ${process.version}, ${process.platform}, ${options.shell}`)
  const tell = (error: unknown): string => {
    const words = kept.tell(error)
    onFault(words)
    return words
  }
  const faults = { ...kept, tell }
  const onDamage = (notice: StoreNotice): void => warn(storeNoticeWords(notice))
  const store = await openStoreThread(options.resources.storeWorker, opening, onDamage, noteSlow(kept))
  const opened = openingWords(store.notices)
  if (opened !== null) warnings.push(opened)
  const notices: LabNotices = {
    events: (...notice) => each((window) => window.events(...notice)),
    status: (...notice) => each((window) => window.status(...notice)),
    doing: (...notice) => each((window) => window.doing(...notice)),
    sessionsChanged: () => each((window) => window.sessionsChanged()),
    warn,
  }
  const host = new LabHost({ ...options, store, notices, warnings, faults })
  return {
    host,
    storePath: store.file,
    connect(channel) {
      const window = serveLab(channel, inOneLine(host, tell))
      windows.add(window)
      channel.onClose(() => windows.delete(window))
    },
    async close() {
      await host.close()
      await store.close()
    },
  }
}

/** Calls of the lab whose faults reach the window as one line. */
function inOneLine(calls: LabCalls, tell: (error: unknown) => string): LabCalls {
  return new Proxy(calls, {
    get(target, name) {
      const call = target[name as keyof LabCalls] as unknown
      if (typeof call !== 'function') return call
      return async (...given: unknown[]): Promise<unknown> => {
        try {
          return await (call.apply(target, given) as Promise<unknown>)
        } catch (error) {
          throw isFault(error) ? new RunFailed(tell(error), { cause: error }) : error
        }
      }
    },
  })
}
