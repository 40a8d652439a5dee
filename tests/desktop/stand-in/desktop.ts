/** Menus, dialogs and what else of the user's desktop the stand-in has. Dialogs stay open until the test answers them. */
import { EventEmitter } from 'node:events'
import type { BrowserWindow } from './window.ts'
import { onlyAfterReady, system } from './rules.ts'

interface Item {
  readonly id?: string
  readonly label?: string
  readonly role?: string
  readonly type?: string
  readonly accelerator?: string
  readonly registerAccelerator?: boolean
  readonly enabled?: boolean
  readonly submenu?: readonly Item[]
  readonly click?: (item: Item, window: BrowserWindow | undefined, event: { triggeredByAccelerator?: boolean }) => void
}

export class Menu {
  static application: Menu | null = null
  /** The context menu that is open. */
  static popup: Menu | null = null
  readonly items: readonly Item[]
  constructor(items: readonly Item[]) {
    this.items = items
  }
  static buildFromTemplate(template: readonly Item[]): Menu {
    for (const item of template) {
      if (item.label === undefined && item.role === undefined && item.type !== 'separator')
        throw new TypeError('Invalid template for MenuItem: must have at least one of label, role or type')
      if (item.submenu) Menu.buildFromTemplate(item.submenu)
    }
    return new Menu(template)
  }
  static setApplicationMenu(menu: Menu): void {
    Menu.application = menu
  }
  popup(): void {
    Menu.popup = this
  }
  all(): Item[] {
    const below = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...below(item.submenu ?? [])])
    return below(this.items)
  }

  /** A key that the page left alone: macOS takes no heed of `registerAccelerator`. */
  static press(accelerator: string): boolean {
    const registers = ({ registerAccelerator }: Item): boolean => system.platform === 'darwin' || registerAccelerator !== false
    const item = Menu.application?.all().find((one) => one.accelerator === accelerator && one.enabled !== false && registers(one))
    item?.click?.(item, undefined, { triggeredByAccelerator: true })
    return item !== undefined
  }
}

export interface Shown {
  readonly kind: 'message' | 'error' | 'open' | 'save'
  readonly message: string
  readonly detail: string
  readonly buttons: readonly string[]
  readonly checkbox: string | null
  readonly modal: boolean
}

/** What dialogs have been shown, and those that wait. */
export const shown: Shown[] = []
export const pending: { readonly shown: Shown; readonly answer: (answer: DialogAnswer) => void }[] = []

export interface DialogAnswer {
  readonly response?: number
  readonly checkboxChecked?: boolean
  readonly path?: string
}

function ask<T>(one: Shown, cancelled: T, result: (answer: DialogAnswer) => T, signal?: AbortSignal): Promise<T> {
  onlyAfterReady('dialog')
  shown.push(one)
  return new Promise((resolve) => {
    const entry = {
      shown: one,
      answer: (answer: DialogAnswer) => {
        pending.splice(pending.indexOf(entry), 1)
        resolve(result(answer))
      },
    }
    pending.push(entry)
    signal?.addEventListener('abort', () => {
      if (!pending.includes(entry)) return
      pending.splice(pending.indexOf(entry), 1)
      resolve(cancelled)
    })
  })
}

interface MessageOptions {
  readonly message: string
  readonly detail?: string
  readonly buttons?: readonly string[]
  readonly checkboxLabel?: string
  readonly cancelId?: number
  readonly signal?: AbortSignal
}

/** Electron takes the window first, or leaves it out. */
function options<T>(given: readonly unknown[]): { readonly value: T; readonly modal: boolean } {
  const window = given.length === 2 ? (given[0] as BrowserWindow) : null
  if (window?.isDestroyed()) throw new TypeError('Object has been destroyed')
  return { value: given.at(-1) as T, modal: window !== null }
}

export const dialog = {
  showMessageBox(...given: readonly unknown[]): Promise<{ response: number; checkboxChecked: boolean }> {
    const { value, modal } = options<MessageOptions>(given)
    const { message, detail = '', buttons = [], checkboxLabel = null, cancelId = 0, signal } = value
    return ask(
      { kind: 'message', message, detail, buttons, checkbox: checkboxLabel, modal },
      { response: cancelId, checkboxChecked: false },
      ({ response = cancelId, checkboxChecked = false }) => ({ response, checkboxChecked }),
      signal,
    )
  },
  showOpenDialog(...given: readonly unknown[]): Promise<{ canceled: boolean; filePaths: string[] }> {
    const { value, modal } = options<{ filters: { name: string }[] }>(given)
    const message = value.filters.map(({ name }) => name).join(', ')
    return ask({ kind: 'open', message, detail: '', buttons: [], checkbox: null, modal }, { canceled: true, filePaths: [] }, ({ path }) =>
      path === undefined ? { canceled: true, filePaths: [] } : { canceled: false, filePaths: [path] },
    )
  },
  showSaveDialog(...given: readonly unknown[]): Promise<{ canceled: boolean; filePath: string }> {
    const { value, modal } = options<{ defaultPath: string }>(given)
    return ask(
      { kind: 'save', message: value.defaultPath, detail: '', buttons: [], checkbox: null, modal },
      { canceled: true, filePath: '' },
      ({ path = '' }) => ({ canceled: path === '', filePath: path }),
    )
  },
  /** May be called at any time, and holds nothing up here. */
  showErrorBox: (title: string, content: string): void => {
    shown.push({ kind: 'error', message: title, detail: content, buttons: [], checkbox: null, modal: false })
  },
}

export const opened: string[] = []
export const shell = {
  openPath: async (path: string): Promise<string> => {
    opened.push(path)
    return system.opensNothing ? 'nothing opens it' : ''
  },
  openExternal: async (address: string): Promise<void> => {
    opened.push(address)
    if (system.opensNothing) throw new Error('nothing opens it')
  },
}

export const copied: string[] = []
export const clipboard = { writeText: (text: string): void => void copied.push(text) }

class NativeTheme extends EventEmitter {
  private source = 'system'
  get themeSource(): string {
    return this.source
  }
  set themeSource(source: string) {
    this.source = source
    this.emit('updated')
  }
  get shouldUseDarkColors(): boolean {
    return this.source === 'dark'
  }
}
export const nativeTheme = new NativeTheme()

export const notified: { readonly title: string; readonly body: string }[] = []
export class Notification extends EventEmitter {
  static last: Notification | null = null
  static isSupported(): boolean {
    return true
  }
  private readonly options: { readonly title: string; readonly body: string }
  constructor(given: { readonly title: string; readonly body: string }) {
    super()
    onlyAfterReady('Notification')
    this.options = given
  }
  show(): void {
    notified.push({ ...this.options })
    Notification.last = this
  }
}

export const powerMonitor = new EventEmitter()

let blockers = 0
export const awake = new Set<number>()
export const powerSaveBlocker = {
  start: (): number => {
    awake.add(++blockers)
    return blockers
  },
  stop: (id: number): void => void awake.delete(id),
}

export const screen = {
  getAllDisplays: () => {
    onlyAfterReady('screen')
    return [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]
  },
}
