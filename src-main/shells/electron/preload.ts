/** Sandboxed, between page and main process: hands the lab's port over and passes commands of the menu and opened files on. */
import { contextBridge, ipcRenderer } from 'electron'
import { ASK_PORT, COMMAND, CONNECT, type DesktopBridge, FILE, type OpenedFile, PORT, PORT_HERE } from '#shared/api/desktop.ts'

window.addEventListener('message', ({ source, data }: MessageEvent) => {
  if (source === window && data === ASK_PORT) ipcRenderer.send(CONNECT)
})
ipcRenderer.on(PORT, ({ ports }) => window.postMessage(PORT_HERE, location.origin, [ports[0]!]))

const early: OpenedFile[] = []
let onFile: (file: OpenedFile) => void = (file) => void early.push(file)
ipcRenderer.on(FILE, (_, file: OpenedFile) => onFile(file))

const bridge: DesktopBridge = {
  onCommand: (listener) => void ipcRenderer.on(COMMAND, (_, id: string) => listener(id)),
  onFile: (listener) => {
    onFile = listener
    early.splice(0).forEach(listener)
  },
}
contextBridge.exposeInMainWorld('desktop', bridge)
