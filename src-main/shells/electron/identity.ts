/** The app's identity for the system, and the places of its own files. All of it must be set before the app is ready. */
import { app, crashReporter } from 'electron'
import { join } from 'node:path'

/** The id that electron-builder gives to the installers. */
const ID = 'org.cooperlab.desktop'

/** @param home that everything is kept below; null: where the system keeps the data of a user's programs @param logs folder of logs */
export function introduce(home: string | null, logs: string): void {
  // Without it Windows shows no notification, and groups the window with whatever else Electron runs.
  app.setAppUserModelId(ID)
  if (home !== null) app.setPath('userData', join(home, 'desktop'))
  // Chromium's folders are its own: "Cache" and "cache" are one folder on disks that don't tell capitals.
  app.setPath('sessionData', join(app.getPath('userData'), 'chromium'))
  // The window keeps no cookie, so the user shouldn't be asked for the password of a keyring.
  app.commandLine.appendSwitch('password-store', 'basic')
  app.commandLine.appendSwitch('use-mock-keychain')
  app.setPath('crashDumps', join(logs, 'crashes'))
  crashReporter.start({ uploadToServer: false, compress: false })
}

/** Returns the folder for data that the lab can make again. */
export function labCaches(): string {
  return join(app.getPath('userData'), 'lab')
}
