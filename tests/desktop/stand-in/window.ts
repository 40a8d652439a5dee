/** Windows of the stand-in. Each page has a thread of its own, with whom it shares nothing: what crosses is cloned as between processes. */
import { EventEmitter } from 'node:events'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { join } from 'node:path'
import { BrowserPage } from './browser-page.ts'
import { ipcMain } from './ipc.ts'
import { respond } from './protocol.ts'
import { RuleBroken, onlyAfterReady, system } from './rules.ts'

/** A port as the main process has it; what comes is held until it is started. */
export class MessagePortMain extends EventEmitter {
  readonly port: MessagePort
  constructor(port: MessagePort) {
    super()
    this.port = port
    port.on('close', () => this.emit('close'))
    port.unref()
  }
  postMessage(message: unknown): void {
    // Throws for what can't be cloned.
    this.port.postMessage(message)
  }
  start(): void {
    this.port.on('message', (data) => this.emit('message', { data, ports: [] }))
    this.port.unref()
  }
  close(): void {
    this.port.close()
  }
}

export class MessageChannelMain {
  readonly port1: MessagePortMain
  readonly port2: MessagePortMain
  constructor() {
    const { port1, port2 } = new MessageChannel()
    ;[this.port1, this.port2] = [new MessagePortMain(port1), new MessagePortMain(port2)]
  }
}

export class WebContents extends EventEmitter {
  private worker: Worker | BrowserPage | null = null
  private readonly preload: string
  private url = ''
  private destroyed = false
  openHandler: ((details: { url: string }) => { action: string }) | null = null
  /** Answers of the page to a test, by number. */
  private readonly asked = new Map<number, (answer: { value?: unknown; error?: string }) => void>()
  private count = 0

  constructor(preload: string) {
    super()
    this.preload = preload
  }

  async load(url: string): Promise<void> {
    this.url = url
    const response = await respond(url)
    if (response === null || !response.ok) {
      this.emit('did-fail-load', {}, -6, 'ERR_FILE_NOT_FOUND', url, true)
      throw new Error(`ERR_FILE_NOT_FOUND loading ${url}`)
    }
    const worker = system.inBrowser
      ? new BrowserPage(url, this.preload)
      : new Worker(join(import.meta.dirname, 'page.ts'), { workerData: { url, preload: this.preload } })
    this.worker = worker
    worker.unref()
    worker.on('error', (error: Error) => {
      console.error(error)
      this.emit('preload-error', {}, this.preload, error)
    })
    const loaded = new Promise<void>((resolve) => {
      worker.on('message', (message: { kind: string; channel: string; values: unknown[]; id: number; answer: object }) => {
        if (message.kind === 'loaded') resolve()
        if (message.kind === 'answer') this.asked.get(message.id)?.(message.answer)
        if (message.kind === 'send') {
          const senderFrame = { url, parent: null }
          ipcMain.emit(message.channel, { sender: this, senderFrame, ports: [] }, ...message.values)
        }
      })
    })
    await Promise.race([loaded, new Promise((resolve) => worker.once('exit', resolve))])
    if (this.worker === worker) this.emit('did-finish-load')
  }

  /** Does something as the page would. @returns what came of it */
  async ask(what: string, ...values: unknown[]): Promise<unknown> {
    const id = this.count++
    const { worker } = this
    if (!(worker instanceof Worker)) throw new Error('the page is not there')
    return new Promise((resolve, reject) => {
      this.asked.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))))
      worker.postMessage({ kind: 'ask', id, what, values })
    })
  }

  send(channel: string, ...values: unknown[]): void {
    this.check()
    this.tell({ kind: 'event', channel, values, ports: [] })
  }

  postMessage(channel: string, value: unknown, transfer: MessagePortMain[] = []): void {
    this.check()
    const ports = transfer.map(({ port }) => port)
    this.tell({ kind: 'event', channel, values: [value], ports })
  }

  private tell(message: { kind: 'event'; channel: string; values: unknown[]; ports: MessagePort[] }): void {
    if (this.worker instanceof BrowserPage) this.worker.postMessage(message)
    else this.worker?.postMessage(message, message.ports)
  }

  reload(): void {
    this.check()
    void this.leave().then(() => this.load(this.url))
  }

  forcefullyCrashRenderer(): void {
    void this.leave().then(() => this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 9 }))
  }

  async leave(): Promise<void> {
    const { worker } = this
    this.worker = null
    await worker?.terminate()
  }

  destroy(): void {
    this.destroyed = true
    void this.leave()
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler
  }
  getZoomFactor(): number {
    return 1
  }
  isLoading(): boolean {
    return this.worker === null
  }

  private check(): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
  }
}

interface WindowOptions {
  readonly show?: boolean
  readonly backgroundColor?: string
  readonly webPreferences: Record<string, unknown> & { preload: string; sandbox?: boolean; contextIsolation?: boolean }
}

export class BrowserWindow extends EventEmitter {
  private static readonly open = new Set<BrowserWindow>()
  static onAllClosed: () => void = () => {}
  static onCreated: (contents: WebContents) => void = () => {}
  static getAllWindows(): BrowserWindow[] {
    return [...BrowserWindow.open]
  }

  readonly webContents: WebContents
  readonly options: WindowOptions
  readonly state = { shown: false, focused: false, minimized: false, flashing: false, progress: -1, ground: '' }

  constructor(options: WindowOptions) {
    super()
    onlyAfterReady('BrowserWindow')
    const { sandbox, contextIsolation } = options.webPreferences
    if (sandbox !== true || contextIsolation !== true) throw new RuleBroken('the stand-in knows sandboxed, isolated pages only')
    this.options = options
    this.state.shown = options.show !== false
    this.state.ground = options.backgroundColor ?? ''
    this.webContents = new WebContents(options.webPreferences.preload)
    BrowserWindow.open.add(this)
    BrowserWindow.onCreated(this.webContents)
  }

  async loadURL(url: string): Promise<void> {
    const drawn = system.readyToShow && !this.state.shown
    if (drawn) this.webContents.once('did-finish-load', () => this.emit('ready-to-show'))
    await this.webContents.load(url)
  }
  show(): void {
    this.check()
    this.state.shown = true
    this.focus()
  }
  focus(): void {
    this.check()
    this.state.focused = true
    this.emit('focus')
  }
  blur(): void {
    this.state.focused = false
    this.emit('blur')
  }
  isFocused(): boolean {
    return this.state.focused
  }
  isMinimized(): boolean {
    return this.state.minimized
  }
  restore(): void {
    this.state.minimized = false
  }
  maximize(): void {}
  isMaximized(): boolean {
    return false
  }
  isDestroyed(): boolean {
    return !BrowserWindow.open.has(this)
  }
  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    this.check()
    return { x: 10, y: 20, width: 1200, height: 800 }
  }
  setProgressBar(progress: number): void {
    this.check()
    this.state.progress = progress
  }
  flashFrame(flashing: boolean): void {
    this.check()
    this.state.flashing = flashing
  }
  setBackgroundColor(ground: string): void {
    this.check()
    this.state.ground = ground
  }

  /** As its button does. */
  close(): void {
    let prevented = false
    this.emit('close', { preventDefault: () => void (prevented = true) })
    if (!prevented) this.destroy()
  }

  destroy(): void {
    if (!BrowserWindow.open.delete(this)) return
    this.webContents.destroy()
    this.emit('closed')
    if (BrowserWindow.open.size === 0) BrowserWindow.onAllClosed()
  }

  private check(): void {
    if (this.isDestroyed()) throw new TypeError('Object has been destroyed')
  }
}
