/** The lab with its store, ready for windows to be connected to it, whichever shell does it. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Channel } from '#shared/api/channel.ts'
import type { LabDescription, LabNotices } from '#shared/api/lab-api.ts'
import { serveLab } from '#shared/api/lab-rpc.ts'
import { LabHost } from '#main/lab/host/lab-host.ts'
import type { Resources } from '#main/lab/resources.ts'
import { openStore } from '#main/store/open-store.ts'

export interface LabOptions {
  readonly resources: Resources
  readonly shell: LabDescription['shell']
  readonly version: string
  readonly cwd: string
  readonly dataDirectory: string
  readonly scenarioFile: string | null
  /** Absolute; made with its folder if it isn't there. */
  readonly storePath: string
}

export interface OpenLab {
  readonly host: LabHost
  /** A window that can ask and is told until its channel closes. */
  connect(channel: Channel): void
  /** Ends sessions after the round they are in, so that they can go on another day. */
  close(): Promise<void>
}

export function openLab({ storePath, ...options }: LabOptions): OpenLab {
  mkdirSync(dirname(storePath), { recursive: true })
  const store = openStore(storePath)
  const windows = new Set<LabNotices>()
  const each = (tell: (window: LabNotices) => void): void => windows.forEach(tell)
  const notices: LabNotices = {
    events: (...notice) => each((window) => window.events(...notice)),
    status: (...notice) => each((window) => window.status(...notice)),
    doing: (...notice) => each((window) => window.doing(...notice)),
    sessionsChanged: () => each((window) => window.sessionsChanged()),
  }
  const host = new LabHost({ ...options, store, storePath, storeNotice: null, notices })
  return {
    host,
    connect(channel) {
      const window = serveLab(channel, host)
      windows.add(window)
      channel.onClose(() => windows.delete(window))
    },
    async close() {
      await host.close()
      store.close()
    },
  }
}
