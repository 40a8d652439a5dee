/** The window's own origin, the only one that may send messages to the app. */
import type { IpcMainEvent, IpcMainInvokeEvent } from 'electron'

export const SCHEME = 'app'
export const ORIGIN = `${SCHEME}://lab`

/**
 * Checks that a message comes from the main frame of a page of ours; every listener asks this first.
 * @returns the reason for a refusal, as a clause; null if there is none
 */
export function whyNotOurs(event: Pick<IpcMainEvent | IpcMainInvokeEvent, 'senderFrame'>): string | null {
  const frame = event.senderFrame
  if (!frame) return 'its frame is gone'
  if (frame.parent !== null) return 'it comes from a frame inside the page'
  return isOurs(frame.url) ? null : `it comes from ${frame.url}`
}

export function isOurs(url: string): boolean {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}` === ORIGIN
  } catch {
    return false
  }
}
