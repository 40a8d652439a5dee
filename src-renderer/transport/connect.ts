/** Connects this window to the lab, whichever shell opened it. */
import type { Channel } from '#shared/rpc/channel.ts'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import { desktopBridge } from './desktop-bridge.ts'
import { openSocket } from './socket-channel.ts'
import { ASK_PORT, PORT_CLOSED, PORT_HERE } from '#shared/api/desktop.ts'

/** @param onGone called once when the lab can no longer be reached. @throws Error with one line for people if it can't be reached at all */
export async function connectLab(notices: LabNotices, onGone: () => void = () => {}): Promise<LabCalls> {
  const channel: Channel = desktopBridge() ? await portFromShell() : await openSocket(location, history)
  channel.onClose(onGone)
  return callLab(channel, notices)
}

/** Waits for the MessagePort that Electron's preload hands to the window. */
export function portFromShell(): Promise<Channel> {
  return new Promise((resolve) => {
    const onMessage = ({ source, data, ports }: MessageEvent): void => {
      if (source !== window || data !== PORT_HERE || !ports[0]) return
      window.removeEventListener('message', onMessage)
      resolve(portChannel(ports[0]))
    }
    window.addEventListener('message', onMessage)
    window.postMessage(ASK_PORT, location.origin)
  })
}

function portChannel(port: MessagePort): Channel {
  let tell: () => void
  const closed = new Promise<void>((resolve) => (tell = resolve))
  port.addEventListener('close', () => tell())
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.addEventListener('message', ({ data }: MessageEvent) => {
        if (data === PORT_CLOSED) tell()
        else listener(data)
      })
      port.start()
    },
    onClose: (listener) => void closed.then(listener),
    close: () => port.close(),
  }
}
