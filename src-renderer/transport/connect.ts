/** Connects this window to the lab, whichever shell opened it. */
import type { Channel } from '#shared/api/channel.ts'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import { desktopBridge } from './desktop-bridge.ts'
import { portFromShell } from './port-channel.ts'
import { openSocket } from './socket-channel.ts'

/** @param onGone told once when the lab can no longer be reached. @throws Error with one line for people if it can't be reached at all */
export async function connectLab(notices: LabNotices, onGone: () => void = () => {}): Promise<LabCalls> {
  const channel: Channel = desktopBridge() ? await portFromShell() : await openSocket(location, history)
  channel.onClose(onGone)
  return callLab(channel, notices)
}
