/** Title bar, menus, dialogs and the ground under the page follow the theme that the user chose in it, also at the next start. */
import { type BrowserWindow, nativeTheme } from 'electron'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { DesktopTheme } from '#shared/api/desktop.ts'
import { writeWhole } from './settings-file.ts'

const themeSchema = v.picklist(['system', 'light', 'dark'])

export class Appearance {
  private readonly file: string

  /** @param file the file that keeps the choice */
  constructor(file: string) {
    this.file = file
    nativeTheme.themeSource = readTheme(file)
  }

  /** The background colour that shows before the page does. */
  get ground(): string {
    return nativeTheme.shouldUseDarkColors ? '#16181c' : '#ffffff'
  }

  /** @param theme the page's message */
  choose(theme: unknown): void {
    const { success, output } = v.safeParse(themeSchema, theme)
    if (!success || output === nativeTheme.themeSource) return
    nativeTheme.themeSource = output
    writeWhole(this.file, output, 'the theme')
  }

  follow(window: BrowserWindow): void {
    const paint = (): void => window.setBackgroundColor(this.ground)
    nativeTheme.on('updated', paint)
    window.once('closed', () => nativeTheme.off('updated', paint))
  }
}

function readTheme(file: string): DesktopTheme {
  try {
    return v.parse(themeSchema, JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return 'system'
  }
}
