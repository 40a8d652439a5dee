/**
 * The desktop app: one window on the lab, which runs in a process of its own. Here is how the parts hang together; what keeps a page confined,
 * who may ask, what the menu has and what is told when something breaks have files of their own.
 */
import { BrowserWindow, Menu, MessageChannelMain, app, dialog, nativeTheme, screen, session } from 'electron'
import { join } from 'node:path'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import { COMMAND, CONNECT, FILE, PORT } from '#shared/api/desktop.ts'
import { serveLab } from '#shared/api/lab-rpc.ts'
import type { LabProcessOptions } from '../process/options.ts'
import { Awake } from './awake.ts'
import { listen } from './channels.ts'
import { confineContents, confineSession } from './confine.ts'
import { type LabProcess, startLabProcess } from './lab-process.ts'
import { menuTemplate } from './menu.ts'
import { filesIn, readOpened } from './opened-files.ts'
import { ORIGIN } from './origin.ts'
import { registerScheme, servePage } from './page.ts'
import { portChannel } from './port-channel.ts'
import { watchProcesses, watchWindow } from './trouble.ts'
import { LEAST, USUAL, readWindowState, writeWindowState } from './window-state.ts'

export interface AppOptions {
  /** The built window. */
  readonly windowDirectory: string
  readonly preload: string
  /** A PNG; Windows and macOS show that of the program. */
  readonly icon: string
  /** Node, which runs the lab. */
  readonly node: string
  /** Entry point of the lab's process. */
  readonly labEntry: string
  readonly lab: LabProcessOptions
}

/** Sessions end after their round in progress, which takes as long as it takes on the slowest machine worth waiting for. */
const GRACE_SECONDS = 120

export async function openApp(options: AppOptions): Promise<void> {
  if (!app.requestSingleInstanceLock()) return app.quit()
  registerScheme()
  app.enableSandbox()
  confineContents(app)
  watchProcesses(app)
  const opened = filesIn(process.argv.slice(1), process.cwd())
  // macOS hands files over with an event, which may come before the app is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault()
    if (desktop) desktop.openFile(path)
    else opened.push(path)
  })
  let desktop: Desktop | null = null
  await app.whenReady()
  desktop = new Desktop(options)
  opened.forEach((path) => desktop!.openFile(path))
}

class Desktop {
  private readonly options: AppOptions
  private readonly awake = new Awake()
  private readonly windows = new Map<Electron.MessagePortMain, LabNotices>()
  private window: BrowserWindow
  private lab: LabProcess
  private ending = false

  constructor(options: AppOptions) {
    this.options = options
    confineSession(session.defaultSession)
    servePage(session.defaultSession, options.windowDirectory)
    listen(CONNECT, ({ sender }) => this.connect(sender))
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate((id) => this.command(id))))
    this.lab = this.startLab()
    this.window = this.openWindow()
    app.on('second-instance', (_event, words, cwd) => {
      this.show()
      filesIn(words.slice(1), cwd).forEach((path) => this.openFile(path))
    })
    app.on('activate', () => this.show())
    app.on('window-all-closed', () => app.quit())
    app.on('before-quit', (event) => {
      if (this.ending) return
      event.preventDefault()
      void this.end()
    })
  }

  /** Shows a file that was opened outside of the window to it. */
  openFile(path: string): void {
    try {
      this.whenLoaded((contents) => contents.send(FILE, readOpened(path)))
    } catch (error) {
      dialog.showErrorBox('The file could not be opened', (error as Error).message)
    }
    app.addRecentDocument(path)
  }

  private startLab(): LabProcess {
    const { node, labEntry, lab } = this.options
    const each = (tell: (window: LabNotices) => void): void => this.windows.forEach(tell)
    const notices: LabNotices = {
      events: (...notice) => each((window) => window.events(...notice)),
      doing: (...notice) => each((window) => window.doing(...notice)),
      sessionsChanged: () => each((window) => window.sessionsChanged()),
      warn: (words) => each((window) => window.warn(words)),
      status: (status) => {
        this.awake.heed(status)
        each((window) => window.status(status))
      },
    }
    return startLabProcess({ node, entry: labEntry, options: lab, notices, onEnded: (words) => void this.labEnded(words) })
  }

  /** A window that lost its lab is told so by its closed port, and connects again once it is loaded again. */
  private async labEnded(words: string): Promise<void> {
    this.awake.none()
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: `The lab's process ended: ${words}.`,
      detail: 'A session that ran was kept up to its last whole round and can go on from there.',
      buttons: ['Start it again', 'Quit'],
      defaultId: 0,
      cancelId: 1,
    })
    if (response !== 0) return app.quit()
    this.lab = this.startLab()
    this.window.webContents.reload()
  }

  private openWindow(): BrowserWindow {
    const file = join(app.getPath('userData'), 'window.json')
    const state = readWindowState(
      file,
      screen.getAllDisplays().map(({ workArea }) => workArea),
    )
    const window = new BrowserWindow({
      ...(state ?? USUAL),
      minWidth: LEAST.width,
      minHeight: LEAST.height,
      show: false,
      title: 'CooperLab',
      icon: this.options.icon,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181c' : '#ffffff',
      webPreferences: {
        preload: this.options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    })
    if (state?.maximized) window.maximize()
    watchWindow(window)
    window.once('ready-to-show', () => window.show())
    window.on('close', () => writeWindowState(file, window))
    void window.loadURL(`${ORIGIN}/index.html`)
    return window
  }

  private connect(sender: Electron.WebContents): void {
    const { port1, port2 } = new MessageChannelMain()
    const channel = portChannel(port1)
    // Asked anew at every call, since a lab that ended may have been started again.
    const calls = new Proxy({} as LabCalls, {
      get:
        (_, name) =>
        (...values: never[]) =>
          (this.lab.calls[name as keyof LabCalls] as (...values: never[]) => unknown)(...values),
    })
    this.windows.set(port1, serveLab(channel, calls))
    channel.onClose(() => this.windows.delete(port1))
    sender.postMessage(PORT, null, [port2])
  }

  private command(id: string): void {
    this.show()
    this.whenLoaded((contents) => contents.send(COMMAND, id))
  }

  private whenLoaded(act: (contents: Electron.WebContents) => void): void {
    const { webContents } = this.window
    if (webContents.isLoading()) webContents.once('did-finish-load', () => act(webContents))
    else act(webContents)
  }

  private show(): void {
    if (this.window.isDestroyed()) this.window = this.openWindow()
    if (this.window.isMinimized()) this.window.restore()
    this.window.focus()
  }

  private async end(): Promise<void> {
    this.ending = true
    await this.lab.end(GRACE_SECONDS)
    app.quit()
  }
}
