/** What the desktop's preload put into the window; a browser's has none. */
import type { DesktopBridge } from '#shared/api/desktop.ts'

export function desktopBridge(): DesktopBridge | null {
  return (globalThis as { desktop?: DesktopBridge }).desktop ?? null
}
