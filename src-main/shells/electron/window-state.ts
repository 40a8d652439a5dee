/** Where the window was when it closed, so that it opens there again; on a screen that is still there. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import * as v from 'valibot'

const whole = v.pipe(v.number(), v.safeInteger())
const kept = v.object({ x: whole, y: whole, width: whole, height: whole, maximized: v.boolean() })

export type WindowState = v.InferOutput<typeof kept>

export const USUAL = { width: 1440, height: 900 } as const
export const LEAST = { width: 1024, height: 640 } as const

/** null: none was kept, or it is of no use now. @param screens areas of the screens there are */
export function readWindowState(file: string, screens: readonly Rectangle[]): WindowState | null {
  try {
    const state = v.parse(kept, JSON.parse(readFileSync(file, 'utf8')))
    const isSeen = screens.some((screen) => overlaps(screen, state))
    return isSeen && state.width >= LEAST.width && state.height >= LEAST.height ? state : null
  } catch {
    return null
  }
}

/** Written whole or not at all; a window that can't be kept opens as usual the next time. */
export function writeWindowState(file: string, window: Pick<BrowserWindow, 'getNormalBounds' | 'isMaximized'>): void {
  const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() }
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(state))
    renameSync(`${file}.new`, file)
  } catch (error) {
    console.error(`the window's place could not be kept: ${String(error)}`)
  }
}

/** Enough of it to be taken hold of. */
function overlaps(a: Rectangle, b: Rectangle): boolean {
  const [width, height] = [
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  ]
  return width >= 100 && height >= 100
}
