/** Tells the user what broke and why, in words: a page that crashed or hangs, another process of the app that is gone. */
import { type App, type BrowserWindow, dialog } from 'electron'

const REASONS: Readonly<Record<string, string>> = {
  oom: 'it ran out of memory',
  'memory-eviction': 'the system needed its memory',
  crashed: 'it crashed',
  killed: 'something ended it',
  'launch-failed': 'it could not be started',
  'abnormal-exit': 'it ended with an error',
  'integrity-failure': 'its code is not what was shipped',
}

function wordsFor(reason: string, exitCode: number): string {
  return `${REASONS[reason] ?? reason} (${reason}, code ${exitCode})`
}

/** The page holds nothing that the lab doesn't keep, so it can be loaded again while a session runs. */
export function watchWindow(window: BrowserWindow): void {
  const { webContents } = window
  /** The question that is open; a window that answers again withdraws it. */
  let asking: AbortController | null = null
  /** The user has chosen to end the page's process: nothing is left to ask about it. */
  let ended = false
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    asking?.abort()
    console.error(`the window's process ended: ${wordsFor(reason, exitCode)}`)
    if (reason === 'clean-exit') return
    if (ended) {
      ended = false
      return webContents.reload()
    }
    void offer(window, {
      message: `The window's process ended: ${wordsFor(reason, exitCode)}.`,
      detail: 'A session that runs goes on; nothing is lost.',
      action: 'Open the window again',
      act: () => webContents.reload(),
    })
  })
  window.on('unresponsive', () => {
    if (asking) return
    asking = new AbortController()
    void offer(window, {
      message: 'The window does not answer.',
      detail: 'It may be busy with something large. A session that runs is not touched.',
      action: 'Load it again',
      signal: asking.signal,
      act() {
        ended = true
        webContents.forcefullyCrashRenderer()
      },
    }).finally(() => (asking = null))
  })
  window.on('responsive', () => asking?.abort())
  webContents.on('preload-error', (_event, path, error) =>
    dialog.showErrorBox('The window could not be opened', `${path}: ${error.message}`),
  )
}

export function watchProcesses(app: App): void {
  app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
    if (reason !== 'clean-exit' && reason !== 'killed') console.error(`${name ?? type}: ${wordsFor(reason, exitCode)}`)
  })
}

interface Offer {
  readonly message: string
  readonly detail: string
  readonly action: string
  readonly act: () => void
  readonly signal?: AbortSignal
}

async function offer(window: BrowserWindow, { message, detail, action, act, signal }: Offer): Promise<void> {
  if (window.isDestroyed()) return
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message,
    detail,
    buttons: [action, 'Wait'],
    defaultId: 0,
    cancelId: 1,
    ...(signal ? { signal } : {}),
  })
  if (response === 0 && !signal?.aborted && !window.isDestroyed()) act()
}
