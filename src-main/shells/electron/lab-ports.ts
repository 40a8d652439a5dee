/** The ports over which pages call the lab and receive its notices. */
import { MessageChannelMain, type MessagePortMain } from 'electron'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import type { Channel } from '#shared/rpc/channel.ts'
import { serveLab } from '#shared/api/lab-rpc.ts'
import { PORT, PORT_CLOSED } from '#shared/api/desktop.ts'

export class LabPorts implements LabNotices {
  private readonly pages = new Map<Channel, LabNotices>()

  /** @param calls asked anew for every call, since a lab that ended may have been started again */
  connect(page: Electron.WebContents, calls: () => LabCalls): void {
    const { port1, port2 } = new MessageChannelMain()
    const channel = portChannel(port1)
    const ask = new Proxy({} as LabCalls, {
      get:
        (_, name) =>
        (...values: never[]) =>
          (calls()[name as keyof LabCalls] as (...values: never[]) => unknown)(...values),
    })
    this.pages.set(channel, serveLab(channel, ask))
    channel.onClose(() => this.pages.delete(channel))
    page.postMessage(PORT, null, [port2])
  }

  /** Answers a page that asks after the lab has ended: its calls fail at once instead of waiting for a port. */
  refuse(page: Electron.WebContents): void {
    const { port1, port2 } = new MessageChannelMain()
    page.postMessage(PORT, null, [port2])
    portChannel(port1).close()
  }

  /** Whatever pages wait for fails at once. */
  closeAll(): void {
    for (const channel of this.pages.keys()) channel.close()
    this.pages.clear()
  }

  readonly events: LabNotices['events'] = (...notice) => this.each((page) => page.events(...notice))
  readonly status: LabNotices['status'] = (status) => this.each((page) => page.status(status))
  readonly doing: LabNotices['doing'] = (...notice) => this.each((page) => page.doing(...notice))
  readonly sessionsChanged = (): void => this.each((page) => page.sessionsChanged())
  readonly warn = (words: string): void => this.each((page) => page.warn(words))

  private each(tell: (page: LabNotices) => void): void {
    this.pages.forEach(tell)
  }
}

/** Wraps a page's MessagePort, as the main process has it, as a channel of the lab. */
function portChannel(port: MessagePortMain): Channel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => listener(data))
      port.start()
    },
    onClose: (listener) => void port.once('close', () => listener()),
    close() {
      port.postMessage(PORT_CLOSED)
      port.close()
    },
  }
}
