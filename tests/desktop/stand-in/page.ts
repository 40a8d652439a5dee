/**
 * A page of the stand-in: the preload as built, in a world of its own as a sandboxed one has it, and beside it what of the window needs no document: the
 * lab's connection and what listens to the app.
 */
import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import { MessageChannel, type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { EventEmitter } from 'node:events'
import { LabCallsOver } from './page-lab.ts'

const { url, preload } = workerData as { url: string; preload: string }
const main = parentPort!
const { origin, protocol } = new URL(url)
const location = { origin: protocol === 'app:' ? 'app://lab' : origin, protocol, href: url }

/** A file as the page has it; only the preload may learn where it lies. */
class FileStandIn {
  readonly name: string
  /** @param path empty: it is on no disk */
  constructor(path: string) {
    this.name = path.split(/[\\/]/).at(-1)!
    paths.set(this, path)
  }
}
const paths = new WeakMap<object, string>()

/** Messages of a window to itself reach both worlds, cloned, in a later turn. */
const listeners: ((event: object) => void)[] = []
const window = {
  addEventListener: (type: string, listener: (event: object) => void): void => {
    if (type === 'message') listeners.push(listener)
  },
  removeEventListener: (_type: string, listener: (event: object) => void): void => {
    if (listeners.includes(listener)) listeners.splice(listeners.indexOf(listener), 1)
  },
  postMessage(message: unknown, target: string, ports: MessagePort[] = []): void {
    if (target !== location.origin) throw new SyntaxError(`Invalid target origin '${target}'`)
    const { port1, port2 } = new MessageChannel()
    port2.on('message', ({ data, moved }: { data: unknown; moved: MessagePort[] }) => {
      for (const listener of listeners.slice()) listener({ source: window, data, ports: moved, origin: location.origin })
      port1.close()
    })
    port1.postMessage({ data: structuredClone(message), moved: ports }, ports)
  },
}

/** What lies under the pointer, for a test of the context menu. */
const under = { innerText: '95.2 %', closest: () => under }
class Canvas {
  toBlob(done: (blob: Blob) => void): void {
    done(new Blob(['picture']))
  }
}
const document = { elementFromPoint: () => under, elementsFromPoint: (x: number) => (x > 100 ? [under, new Canvas()] : [under]) }

const ipc = new EventEmitter()
const ipcRenderer = {
  on: (channel: string, listener: (...values: unknown[]) => void) => ipc.on(channel, listener),
  once: (channel: string, listener: (...values: unknown[]) => void) => ipc.once(channel, listener),
  send: (channel: string, ...values: unknown[]): void => main.postMessage({ kind: 'send', channel, values }),
}

const exposed: Record<string, Record<string, (...values: unknown[]) => unknown>> = {}
const contextBridge = {
  exposeInMainWorld(key: string, api: Record<string, unknown>): void {
    if (key in exposed) throw new Error(`Cannot bind an API on top of an existing property on the window object (${key})`)
    for (const value of Object.values(api)) if (typeof value !== 'function') structuredClone(value)
    exposed[key] = api as Record<string, (...values: unknown[]) => unknown>
  },
}
const webUtils = {
  getPathForFile(file: unknown): string {
    if (!(file instanceof FileStandIn)) throw new TypeError('Failed to get path for file: not a File')
    return paths.get(file) ?? ''
  },
}

/** What a sandboxed preload may load; all else is not there for it. */
const LOADABLE: Readonly<Record<string, unknown>> = { electron: { contextBridge, ipcRenderer, webUtils } }

function runPreload(): void {
  const world = createContext({
    window, document, location, HTMLCanvasElement: Canvas, HTMLElement: Object, Promise, Uint8Array, String, Object, console, setTimeout,
    module: { exports: {} }, exports: {},
    require(name: string): unknown {
      if (name in LOADABLE) return LOADABLE[name]
      throw new Error(`module not found: ${name}`)
    },
  }) // prettier-ignore
  runInContext(readFileSync(preload, 'utf8'), world, { filename: preload })
}

/** What the app told the page, oldest first. */
const told: unknown[] = []
const lab = new LabCallsOver(window, location)

const asks: Record<string, (...values: never[]) => unknown> = {
  told: () => told,
  /** A call of the lab. */
  lab: (name: string, ...values: unknown[]) => lab.call(name, values),
  /** A function of the bridge. */
  bridge: (name: string, ...values: unknown[]) => exposed['desktop']![name]!(...values),
  drop: (path: string) => exposed['desktop']!['dropped']!(new FileStandIn(path)),
  /** What the page can reach of Node, through whatever the preload put into it. */
  globals: () => Object.keys(exposed),
  /** Says something that is none of the window's. */
  send: (channel: string, ...values: unknown[]) => ipcRenderer.send(channel, ...values),
}

main.on(
  'message',
  async (message: { kind: string; channel: string; values: unknown[]; ports: MessagePort[]; id: number; what: string }) => {
    if (message.kind === 'event') return ipc.emit(message.channel, { ports: message.ports }, ...message.values)
    const answer = await (async () => asks[message.what]!(...(message.values as never[])))().then(
      (value) => ({ value }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    )
    main.postMessage({ kind: 'answer', id: message.id, answer })
  },
)

runPreload()
const bridge = exposed['desktop']!
bridge['onCommand']!((id: string, byKey: boolean) => told.push(['command', id, byKey]))
bridge['onOpened']!((opened: unknown) => told.push(['opened', opened]))
bridge['onEnding']!(() => told.push(['ending']))
bridge['onSmoke']!(() => lab.smoke())
main.postMessage({ kind: 'loaded' })
