/** The app's one window: where it opens, what its page may do, and what is kept for it until the page can take it. */
import { BrowserWindow, dialog, screen } from 'electron'
import { ORIGIN } from './origin.ts'
import { watchWindow } from './trouble.ts'
import { LEAST, USUAL, readWindowState, writeWindowState } from './window-state.ts'

interface PageWindowOptions {
  readonly preload: string
  /** The path of a PNG; Windows and macOS show the program's own icon. */
  readonly icon: string
  /** The background colour before the page shows. */
  readonly ground: string
  /** The file that keeps the window's place. */
  readonly stateFile: string
  readonly onShown: () => void
}

export class PageWindow {
  readonly window: BrowserWindow
  private loaded = false
  private readonly waiting: ((contents: Electron.WebContents) => void)[] = []

  constructor({ preload, icon, ground, stateFile, onShown }: PageWindowOptions) {
    const screens = screen.getAllDisplays().map(({ workArea }) => workArea)
    const state = readWindowState(stateFile, screens)
    const window = new BrowserWindow({
      ...(state ?? USUAL),
      minWidth: LEAST.width,
      minHeight: LEAST.height,
      show: false,
      title: 'CooperLab',
      icon,
      backgroundColor: ground,
      webPreferences: {
        preload,
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
    this.window = window
    if (state?.maximized) window.maximize()
    watchWindow(window)
    this.showOnce(onShown)
    window.on('close', () => writeWindowState(stateFile, window))
    const { webContents } = window
    webContents.on('did-finish-load', () => {
      this.loaded = true
      for (const act of this.waiting.splice(0)) this.whenLoaded(act)
    })
    webContents.on('render-process-gone', () => (this.loaded = false))
    // A failure also arrives as an event, which handles it.
    window.loadURL(`${ORIGIN}/index.html`).catch(() => {})
  }

  /** Acts at once, or as soon as the page is loaded. */
  whenLoaded(act: (contents: Electron.WebContents) => void): void {
    if (!this.loaded) return void this.waiting.push(act)
    try {
      act(this.window.webContents)
    } catch (error) {
      dialog.showErrorBox('The window could not be told', (error as Error).message)
    }
  }

  reload(): void {
    this.loaded = false
    this.window.webContents.reload()
  }

  show(): void {
    if (this.window.isMinimized()) this.window.restore()
    this.window.show()
    this.window.focus()
  }

  /** A page that was drawn shows without a flash, but on Wayland nothing is drawn before the window shows. */
  private showOnce(onShown: () => void): void {
    const { window } = this
    let shown = false
    const show = (): void => {
      if (shown || window.isDestroyed()) return
      shown = true
      window.show()
      onShown()
    }
    window.once('ready-to-show', show)
    window.webContents.once('did-finish-load', show)
    window.webContents.once('did-fail-load', (_event, code, words, url) => {
      show()
      dialog.showErrorBox('The window could not be loaded', `${url}: ${words} (${code})`)
    })
  }
}
