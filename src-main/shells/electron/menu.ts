/** The native menu: the window's commands, and what the system offers by itself. */
import type { MenuItemConstructorOptions } from 'electron'
import { COMMANDS, type CommandEntry, type CommandMenu } from '#shared/api/commands.ts'

const MENUS: readonly CommandMenu[] = ['File', 'View', 'Session', 'Help']

/** @param run does a command in the window in front */
export function menuTemplate(run: (id: string) => void, platform: NodeJS.Platform = process.platform): MenuItemConstructorOptions[] {
  const own = (menu: CommandMenu): MenuItemConstructorOptions[] =>
    (COMMANDS as readonly CommandEntry[])
      .filter((command) => command.menu === menu)
      .map(({ id, title, key }) => itemOf(id, title, key, () => run(id)))
  const system: Partial<Record<CommandMenu, MenuItemConstructorOptions[]>> = {
    File: platform === 'darwin' ? [{ role: 'close' }] : [{ role: 'quit' }],
    View: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }, { role: 'toggleDevTools' }],
  }
  const menus = MENUS.map((menu): MenuItemConstructorOptions => ({
    label: menu,
    submenu: [...own(menu), ...(system[menu] ? [{ type: 'separator' } as const, ...system[menu]] : [])],
  }))
  const edit: MenuItemConstructorOptions = { role: 'editMenu' }
  return [...(platform === 'darwin' ? [{ role: 'appMenu' } as const] : []), menus[0]!, edit, ...menus.slice(1)]
}

function itemOf(id: string, label: string, key: string | undefined, click: () => void): MenuItemConstructorOptions {
  // The window itself hears its keys, and knows when somebody types: the menu only shows them.
  const accelerator = key === undefined ? undefined : acceleratorOf(key)
  return { id, label, click, ...(accelerator ? { accelerator, registerAccelerator: false } : {}) }
}

const NAMED: Readonly<Record<string, string>> = {
  Mod: 'CommandOrControl',
  '+': 'Plus',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Enter: 'Return',
}

/** A command's key as Electron names it. */
export function acceleratorOf(key: string): string {
  return key
    .split(/\+(?=.)/)
    .map((part) => NAMED[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join('+')
}
