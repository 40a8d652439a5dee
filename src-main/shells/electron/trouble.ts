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

export function wordsFor(reason: string, exitCode: number): string {
  return `${REASONS[reason] ?? reason} (${reason}, code ${exitCode})`
}

/** The page holds nothing that the lab doesn't keep, so it can be loaded again while a session runs. */
export function watchWindow(window: BrowserWindow): void {
  const { webContents } = window
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return
    void offer(window, {
      message: `The window's process ended: ${wordsFor(reason, exitCode)}.`,
      detail: 'A session that runs goes on; nothing is lost.',
      action: 'Open the window again',
      act: () => webContents.reload(),
    })
  })
  let asking = false
  window.on('unresponsive', () => {
    if (asking) return
    asking = true
    void offer(window, {
      message: 'The window does not answer.',
      detail: 'It may be busy with something large. A session that runs is not touched.',
      action: 'Load it again',
      act: () => webContents.forcefullyCrashRenderer(),
    }).finally(() => (asking = false))
  })
  webContents.on('preload-error', (_event, path, error) =>
    dialog.showErrorBox('The window could not be opened', `${path}: ${error.message}`),
  )
}

export function watchProcesses(app: App): void {
  app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
    if (reason !== 'clean-exit' && reason !== 'killed') console.error(`${name ?? type}: ${wordsFor(reason, exitCode)}`)
  })
}

async function offer(
  window: BrowserWindow,
  { message, detail, action, act }: { message: string; detail: string; action: string; act: () => void },
): Promise<void> {
  if (window.isDestroyed()) return
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message,
    detail,
    buttons: [action, 'Wait'],
    defaultId: 0,
    cancelId: 1,
  })
  if (response === 0 && !window.isDestroyed()) act()
}
