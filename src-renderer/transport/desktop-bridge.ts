/** The bridge that the desktop's preload puts into the window; a browser has none. */
import type { DesktopBridge } from '#shared/api/desktop.ts'

export function desktopBridge(): DesktopBridge | null {
  return (globalThis as { desktop?: DesktopBridge }).desktop ?? null
}
