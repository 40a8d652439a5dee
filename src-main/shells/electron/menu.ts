/** The native menu: the window's commands, what the system offers by itself, and what only the app outside of its page can do. */
import type { MenuItemConstructorOptions } from 'electron'
import { basename } from 'node:path'
import { COMMANDS, type CommandEntry, type CommandMenu } from '#shared/api/command-list.ts'

const MENUS: readonly CommandMenu[] = ['File', 'View', 'Session', 'Help']

interface MenuActions {
  /** Does a command in the window. @param byKey it was chosen by its key */
  readonly run: (id: string, byKey: boolean) => void
  readonly open: (path: string) => void
  readonly clearRecent: () => void
  readonly about: () => void
  readonly licences: () => void
  readonly updates: () => void
  readonly logs: () => void
  readonly diagnostics: () => void
}

/** @param recent absolute paths, newest first */
export function menuTemplate(
  actions: MenuActions,
  recent: readonly string[],
  platform: NodeJS.Platform = process.platform,
): MenuItemConstructorOptions[] {
  const apple = platform === 'darwin'
  const own = (menu: CommandMenu): MenuItemConstructorOptions[] =>
    (COMMANDS as readonly CommandEntry[]).filter((command) => command.menu === menu).map((command) => itemOf(command, actions, apple))
  const about: MenuItemConstructorOptions = { label: 'About CooperLab', click: actions.about }
  const outside: Partial<Record<CommandMenu, MenuItemConstructorOptions[]>> = {
    File: [recentMenu(actions, recent), { type: 'separator' }, apple ? { role: 'close' } : { role: 'quit' }],
    View: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }, { role: 'toggleDevTools' }],
    Help: [
      { label: 'Show Logs', click: actions.logs },
      { label: 'Copy Diagnostics…', click: actions.diagnostics },
      { type: 'separator' },
      { label: 'Check for Updates…', click: actions.updates },
      { label: 'Licences', click: actions.licences },
      ...(apple ? [] : [about]),
    ],
  }
  const menus = MENUS.map((menu): MenuItemConstructorOptions => ({
    label: menu,
    submenu: [...own(menu), ...(outside[menu] ? [{ type: 'separator' } as const, ...outside[menu]] : [])],
  }))
  return [...(apple ? [appMenu(about)] : []), menus[0]!, { role: 'editMenu' }, ...menus.slice(1)]
}

function itemOf({ id, title, key }: CommandEntry, { run }: MenuActions, apple: boolean): MenuItemConstructorOptions {
  const click: MenuItemConstructorOptions['click'] = (_item, _window, event) => run(id, event.triggeredByAccelerator === true)
  // The window itself hears its keys, and knows when somebody types: the menu only shows them. macOS knows no key that is only shown, so there
  // one that a field takes as text is left out.
  const accelerator = key === undefined || (apple && !key.includes('Mod+')) ? undefined : acceleratorOf(key)
  return { id, label: title, click, ...(accelerator ? { accelerator, registerAccelerator: false } : {}) }
}

function recentMenu({ open, clearRecent }: MenuActions, recent: readonly string[]): MenuItemConstructorOptions {
  const files = recent.map((path): MenuItemConstructorOptions => ({
    label: basename(path),
    sublabel: path,
    toolTip: path,
    click: () => open(path),
  }))
  return {
    label: 'Open Recent',
    enabled: recent.length > 0,
    submenu: [...files, { type: 'separator' }, { label: 'Clear the List', click: clearRecent }],
  }
}

/** Builds the first menu of macOS, under the app's name. */
function appMenu(about: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      about,
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  }
}

const NAMED: Readonly<Record<string, string>> = {
  Mod: 'CommandOrControl',
  '+': 'Plus',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Enter: 'Return',
}

/** A command's key as Electron names it. */
function acceleratorOf(key: string): string {
  return key
    .split(/\+(?=.)/)
    .map((part) => NAMED[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join('+')
}
