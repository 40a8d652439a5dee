/** The one way by which a page's messages reach the main process: it refuses what isn't the window's. */
import { type IpcMainEvent, ipcMain } from 'electron'
import { whyNotOurs } from './origin.ts'

export function listen(channel: string, listener: (event: IpcMainEvent, ...values: unknown[]) => void): void {
  ipcMain.on(channel, (event, ...values: unknown[]) => {
    const refusal = whyNotOurs(event)
    if (refusal !== null) return console.error(`refused ${channel}: ${refusal}`)
    listener(event, ...values)
  })
}
