/** Sandboxed, between page and main process: hands the lab's port over, passes on what the user does outside of the page, and knows where files lie. */
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import * as desktop from '#shared/api/desktop.ts'
import { pictureAt, pointedAt } from './under-pointer.ts'

window.addEventListener('message', ({ source, data }: MessageEvent) => {
  if (source === window && data === desktop.ASK_PORT) ipcRenderer.send(desktop.CONNECT)
})
ipcRenderer.on(desktop.PORT, ({ ports }) => window.postMessage(desktop.PORT_HERE, location.origin, [ports[0]!]))

const early: desktop.OpenedFile[] = []
let onOpened: (opened: desktop.OpenedFile) => void = (opened) => void early.push(opened)
ipcRenderer.on(desktop.OPENED, (_, opened: desktop.OpenedFile) => onOpened(opened))

/** The page may not listen yet. */
const smokeAsked = new Promise<void>((resolve) => ipcRenderer.once(desktop.SMOKE, () => resolve()))

ipcRenderer.on(desktop.POINT, (_, x: number, y: number) => ipcRenderer.send(desktop.POINTED, pointedAt(x, y)))
ipcRenderer.on(desktop.TAKE_PICTURE, (_, x: number, y: number) => {
  void pictureAt(x, y).then((bytes) => ipcRenderer.send(desktop.PICTURE, bytes))
})

const bridge: desktop.DesktopBridge = {
  onCommand: (listener) => void ipcRenderer.on(desktop.COMMAND, (_, id: string, byKey: boolean) => listener(id, byKey)),
  onOpened(listener) {
    onOpened = listener
    early.splice(0).forEach(listener)
  },
  onEnding: (listener) => void ipcRenderer.on(desktop.ENDING, () => listener()),
  onSmoke(listener) {
    const tell = (problems: readonly string[]): void => ipcRenderer.send(desktop.SMOKED, problems)
    void smokeAsked.then(listener).then(tell, (error: unknown) => tell([String(error)]))
  },
  pick: (kind) => ipcRenderer.send(desktop.PICK, kind),
  dropped(file) {
    const path = webUtils.getPathForFile(file as File)
    if (path !== '') ipcRenderer.send(desktop.DROPPED, path)
    return path !== ''
  },
  theme: (theme) => ipcRenderer.send(desktop.THEME, theme),
}
contextBridge.exposeInMainWorld('desktop', bridge)
