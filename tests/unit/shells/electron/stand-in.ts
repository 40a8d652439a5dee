/** In place of Electron, whose binary tests don't need: keeps what it was told, and lets a test do what a user or the system would. */
import { EventEmitter } from 'node:events'
import { vi } from 'vitest'

type Listener = (...values: never[]) => unknown

export class WebContentsStandIn extends EventEmitter {
  readonly sent: [channel: string, value: unknown][] = []
  readonly posted: [channel: string, value: unknown, ports: unknown[]][] = []
  openHandler: ((details: { url: string }) => { action: string }) | null = null
  reloads = 0

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler
  }
  send(channel: string, value: unknown): void {
    this.sent.push([channel, value])
  }
  postMessage(channel: string, value: unknown, ports: unknown[]): void {
    this.posted.push([channel, value, ports])
  }
  isLoading(): boolean {
    return false
  }
  reload(): void {
    this.reloads++
  }
  forcefullyCrashRenderer(): void {}
}

export class BrowserWindowStandIn extends EventEmitter {
  static readonly all: BrowserWindowStandIn[] = []
  readonly webContents = new WebContentsStandIn()
  readonly options: Record<string, unknown> & { webPreferences: Record<string, unknown> }
  readonly urls: string[] = []
  focused = 0

  constructor(options: BrowserWindowStandIn['options']) {
    super()
    this.options = options
    BrowserWindowStandIn.all.push(this)
  }
  async loadURL(url: string): Promise<void> {
    this.urls.push(url)
  }
  show(): void {}
  focus(): void {
    this.focused++
  }
  restore(): void {}
  maximize(): void {}
  isMinimized(): boolean {
    return false
  }
  isDestroyed(): boolean {
    return false
  }
  isMaximized(): boolean {
    return true
  }
  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    return { x: 10, y: 20, width: 1200, height: 800 }
  }
}

class PortStandIn extends EventEmitter {
  peer: PortStandIn | null = null
  postMessage(message: unknown): void {
    this.peer?.emit('message', { data: message, ports: [] })
  }
  start(): void {}
  close(): void {
    this.emit('close')
    this.peer?.emit('close')
  }
}

class MessageChannelStandIn {
  readonly port1 = new PortStandIn()
  readonly port2 = new PortStandIn()
  constructor() {
    this.port1.peer = this.port2
    this.port2.peer = this.port1
  }
}

interface SessionHandlers {
  permissionRequest: Listener | null
  permissionCheck: Listener | null
  devicePermission: Listener | null
  beforeRequest: ((details: { url: string }, answer: (result: { cancel: boolean }) => void) => void) | null
  page: ((request: { url: string; method: string }) => Promise<Response>) | null
}

const NOT_SET: SessionHandlers = { permissionRequest: null, permissionCheck: null, devicePermission: null, beforeRequest: null, page: null }

/** A fresh one per test. @param folder for the app's own files */
export function electronStandIn(folder: string) {
  BrowserWindowStandIn.all.length = 0
  const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    locked: true,
    quits: 0,
    exits: [] as number[],
    sandboxed: false,
    recent: [] as string[],
    requestSingleInstanceLock: () => app.locked,
    enableSandbox: () => void (app.sandboxed = true),
    whenReady: async () => {},
    quit: () => void app.quits++,
    exit: (code: number) => void app.exits.push(code),
    getPath: () => folder,
    addRecentDocument: (path: string) => void app.recent.push(path),
  })
  const session = {
    ...NOT_SET,
    setPermissionRequestHandler: (handler: Listener) => void (session.permissionRequest = handler),
    setPermissionCheckHandler: (handler: Listener) => void (session.permissionCheck = handler),
    setDevicePermissionHandler: (handler: Listener) => void (session.devicePermission = handler),
    webRequest: { onBeforeRequest: (handler: SessionHandlers['beforeRequest']) => void (session.beforeRequest = handler) },
    protocol: { handle: (_scheme: string, handler: SessionHandlers['page']) => void (session.page = handler) },
  }
  const blockers = new Set<number>()
  const menus: unknown[] = []
  const messages: { message: string }[] = []
  return {
    app,
    session: { defaultSession: session },
    protocol: { schemes: [] as unknown[], registerSchemesAsPrivileged: vi.fn<(schemes: unknown[]) => void>() },
    ipcMain: new EventEmitter(),
    BrowserWindow: BrowserWindowStandIn,
    MessageChannelMain: MessageChannelStandIn,
    Menu: { buildFromTemplate: (template: unknown) => template, setApplicationMenu: (menu: unknown) => void menus.push(menu), menus },
    dialog: {
      messages,
      answer: 1,
      showMessageBox: async (...given: [unknown, { message: string }] | [{ message: string }]) => {
        messages.push(given.at(-1) as { message: string })
        return { response: 1 }
      },
      showErrorBox: (title: string, content: string) => void messages.push({ message: `${title}: ${content}` }),
    },
    nativeTheme: { shouldUseDarkColors: false },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
    powerSaveBlocker: {
      blockers,
      start: () => {
        blockers.add(7)
        return 7
      },
      stop: (id: number) => void blockers.delete(id),
    },
  }
}
