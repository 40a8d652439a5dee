/** Keeps the window's place from one start to the next, as long as it is on a screen that still exists. */
import { readFileSync } from 'node:fs'
import type { BrowserWindow, Rectangle } from 'electron'
import * as v from 'valibot'
import { writeWhole } from './settings-file.ts'

const whole = v.pipe(v.number(), v.safeInteger())
const kept = v.object({ x: whole, y: whole, width: whole, height: whole, maximized: v.boolean() })

type WindowState = v.InferOutput<typeof kept>

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

/** A window whose place can't be kept opens as usual the next time. */
export function writeWindowState(file: string, window: Pick<BrowserWindow, 'getNormalBounds' | 'isMaximized'>): void {
  const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() }
  writeWhole(file, state, "the window's place")
}

/** True if enough of the window is on the screen to take hold of it. */
function overlaps(a: Rectangle, b: Rectangle): boolean {
  const [width, height] = [
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  ]
  return width >= 100 && height >= 100
}
