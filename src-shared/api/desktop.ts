/**
 * What the desktop's preload and its window say to each other beside the lab's own channel: words of window.postMessage (a port can't cross
 * contextBridge), and the small object that the bridge puts into the window.
 */
export const ASK_PORT = 'cooperlab:ask-port'
export const PORT_HERE = 'cooperlab:port'

/** The last message on a port: Chromium tells a page nothing when the other end of one closes. */
export const PORT_CLOSED = 'cooperlab:port-closed'

/** From the preload to the main process. */
export const CONNECT = 'cooperlab:connect'
export const PICK = 'cooperlab:pick'
export const DROPPED = 'cooperlab:dropped'
export const THEME = 'cooperlab:theme'
export const POINTED = 'cooperlab:pointed'
export const PICTURE = 'cooperlab:picture'
export const SMOKED = 'cooperlab:smoked'

/** From the main process to the preload. */
export const PORT = 'cooperlab:port'
export const COMMAND = 'cooperlab:command'
export const OPENED = 'cooperlab:opened'
export const ENDING = 'cooperlab:ending'
export const POINT = 'cooperlab:point'
export const TAKE_PICTURE = 'cooperlab:take-picture'
export const SMOKE = 'cooperlab:smoke'

/**
 * What the user opened outside of the page: with a double click, by dropping it anywhere, from a dialog of the system, or on the command line. Paths
 * are absolute, also those inside of a scenario, which were relative to its file.
 */
export type OpenedFile =
  | { readonly kind: 'session'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'scenario'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'model' | 'data'; readonly path: string }

/** What a dialog of the system is opened for. */
export type Picked = 'scenario' | 'session'

/** How the user wants the window to look. */
export type DesktopTheme = 'system' | 'light' | 'dark'

/** What lies under the pointer. */
export interface Pointed {
  /** Text of the smallest thing there that has a value of its own; empty: none. */
  readonly value: string
  /** It is a chart, of which a picture can be taken. */
  readonly picture: boolean
}

/** `window.desktop`; absent in a browser. */
export interface DesktopBridge {
  /** A command of the native menu, by its id. @param byKey it was chosen by its key, which may be typed into a field */
  onCommand(listener: (id: string, byKey: boolean) => void): void
  /** What was opened before the window listened is told as well. */
  onOpened(listener: (opened: OpenedFile) => void): void
  /** The app ends after the round in progress, and nothing more can be asked. */
  onEnding(listener: () => void): void
  /** The app wants to know whether the window works. @param listener resolves with what doesn't, one line each */
  onSmoke(listener: () => Promise<readonly string[]>): void
  pick(kind: Picked): void
  /** @param file a File of the page @returns whether it is on a disk, and so opened by the app */
  dropped(file: object): boolean
  theme(theme: DesktopTheme): void
}
