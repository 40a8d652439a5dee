/** The MessagePort that Electron's preload hands to the window. */
import type { Channel } from '#shared/api/channel.ts'
import { ASK_PORT, PORT_CLOSED, PORT_HERE } from '#shared/api/desktop.ts'

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
