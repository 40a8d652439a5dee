/**
 * In place of the module `electron` of the main process, whose binary tests do without. It keeps the rules of Electron 45 where they bite: what may be done
 * only before the app is ready and what only after, what can be cloned, in which order things end. What breaks one throws.
 */
import { app, seen } from './app.ts'
import { onlyBeforeReady } from './rules.ts'
import { BrowserWindow } from './window.ts'

export { app } from './app.ts'
export { ipcMain } from './ipc.ts'
export { protocol, session } from './protocol.ts'
export { BrowserWindow, MessageChannelMain } from './window.ts'
export { Menu, Notification, clipboard, dialog, nativeTheme, powerMonitor, powerSaveBlocker, screen, shell } from './desktop.ts'

export const crashReporter = {
  start: (options: { readonly submitURL?: string; readonly uploadToServer?: boolean }): void => {
    onlyBeforeReady('crashReporter.start')
    if (options.submitURL === undefined && options.uploadToServer !== false)
      throw new Error('submitURL must be specified when uploadToServer is true')
    seen.crashes = options
  },
}

BrowserWindow.onCreated = (contents) => app.emit('web-contents-created', {}, contents)
