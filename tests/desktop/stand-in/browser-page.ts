/** A page of the stand-in that a test has in a real browser: what would go to a thread goes over Node's own channel to the test. */
import { EventEmitter } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { pack, unpack } from '../pack.ts'

/** Between the stand-in and the test, both ways. */
export interface PageMessage {
  readonly page: 'open' | 'close' | 'loaded' | 'event' | 'send' | 'port' | 'port-close'
  readonly url?: string
  readonly preload?: string
  readonly channel?: string
  /** Packed. */
  readonly data?: string
  /** Number of a port. */
  readonly port?: number
}

const tell = (message: PageMessage): void => void (process.connected && process.send!(message))

/** With as much of a thread's interface as a window asks of it. */
export class BrowserPage extends EventEmitter {
  private readonly ports: MessagePort[] = []

  constructor(url: string, preload: string) {
    super()
    process.on('message', this.hear)
    tell({ page: 'open', url, preload })
  }

  postMessage({ channel, values, ports }: { channel: string; values: unknown[]; ports: MessagePort[] }): void {
    const [port] = ports
    const number = port === undefined ? undefined : this.ports.push(port) - 1
    // Cloned first, as between processes: it throws for what can't be.
    tell({ page: 'event', channel, data: pack(structuredClone(values)), ...(number === undefined ? {} : { port: number }) })
    port?.on('message', (data) => tell({ page: 'port', port: number!, data: pack(data) }))
    port?.on('close', () => tell({ page: 'port-close', port: number! }))
    port?.unref()
  }

  unref(): void {}

  async terminate(): Promise<void> {
    process.off('message', this.hear)
    for (const port of this.ports) port.close()
    tell({ page: 'close' })
    this.emit('exit')
  }

  private readonly hear = ({ page, channel, data, port }: PageMessage): void => {
    if (page === 'loaded') this.emit('message', { kind: 'loaded' })
    else if (page === 'send') this.emit('message', { kind: 'send', channel, values: unpack(data!) })
    else if (page === 'port') this.ports[port!]?.postMessage(unpack(data!))
    else if (page === 'port-close') this.ports[port!]?.close()
  }
}
