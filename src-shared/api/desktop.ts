/**
 * The messages between the desktop's preload and its window beside the lab's own channel: values of window.postMessage (a port can't cross
 * contextBridge), and the small object that the bridge puts into the window.
 */
export const ASK_PORT = 'cooperlab:ask-port'
export const PORT_HERE = 'cooperlab:port'

/** The last message on a port: Chromium tells a page nothing when the other end of one closes. */
export const PORT_CLOSED = 'cooperlab:port-closed'

/** Messages from the preload to the main process. */
export const CONNECT = 'cooperlab:connect'
export const PICK = 'cooperlab:pick'
export const DROPPED = 'cooperlab:dropped'
export const THEME = 'cooperlab:theme'
export const POINTED = 'cooperlab:pointed'
export const PICTURE = 'cooperlab:picture'
export const SMOKED = 'cooperlab:smoked'

/** Messages from the main process to the preload. */
export const PORT = 'cooperlab:port'
export const COMMAND = 'cooperlab:command'
export const OPENED = 'cooperlab:opened'
export const ENDING = 'cooperlab:ending'
export const POINT = 'cooperlab:point'
export const TAKE_PICTURE = 'cooperlab:take-picture'
export const SMOKE = 'cooperlab:smoke'

/**
 * A file that the user opened outside of the page: with a double click, by dropping it anywhere, from a dialog of the system, or on the command line.
 * All paths are absolute, also those inside a scenario, which were relative to its file.
 */
export type OpenedFile =
  | { readonly kind: 'session'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'scenario'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'model' | 'data'; readonly path: string }

/** The kinds of file that a dialog of the system can be opened for. */
export type Picked = 'scenario' | 'session'

/** The user's choice of appearance for the window. */
export type DesktopTheme = 'system' | 'light' | 'dark'

/** The element under the pointer, for the context menu. */
export interface Pointed {
  /** The text of the smallest element there that has a value of its own; empty if there is none. */
  readonly value: string
  /** True for a chart, of which a picture can be taken. */
  readonly picture: boolean
}

/** `window.desktop`; absent in a browser. */
export interface DesktopBridge {
  /** Called for a command of the native menu, by its id. @param byKey true if it was chosen by its key, which may be typed into a field */
  onCommand(listener: (id: string, byKey: boolean) => void): void
  /** Called for every opened file, including those opened before the window listened. */
  onOpened(listener: (opened: OpenedFile) => void): void
  /** Called when the app is about to end after the round in progress; nothing more can be asked then. */
  onEnding(listener: () => void): void
  /** Called when the app wants to know whether the window works. @param listener resolves with what doesn't work, one line each */
  onSmoke(listener: () => Promise<readonly string[]>): void
  pick(kind: Picked): void
  /** @param file a File of the page @returns true if it is on a disk, and so opened by the app */
  dropped(file: object): boolean
  theme(theme: DesktopTheme): void
}
