/**
 * What the desktop's preload and its window say to each other beside the lab's own channel: words of window.postMessage (a port can't cross
 * contextBridge), and the small object that the bridge puts into the window.
 */
export const ASK_PORT = 'cooperlab:ask-port'
export const PORT_HERE = 'cooperlab:port'

/** Between preload and main process. */
export const CONNECT = 'cooperlab:connect'
export const PORT = 'cooperlab:port'
export const COMMAND = 'cooperlab:command'
export const FILE = 'cooperlab:file'

/** A file that the user opened outside of the window: with a double click, by dropping it on the icon, or on the command line. */
export interface OpenedFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** `window.desktop`; absent in a browser. */
export interface DesktopBridge {
  /** A command of the native menu, by its id. */
  onCommand(listener: (id: string) => void): void
  /** Those opened before the window listened are told as well. */
  onFile(listener: (file: OpenedFile) => void): void
}
