/** A window's MessagePort, as the main process has it, as a channel of the lab. */
import type { MessagePortMain } from 'electron'
import type { Channel } from '#shared/api/channel.ts'
import { PORT_CLOSED } from '#shared/api/desktop.ts'

export function portChannel(port: MessagePortMain): Channel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => listener(data))
      port.start()
    },
    onClose: (listener) => void port.once('close', () => listener()),
    close() {
      port.postMessage(PORT_CLOSED)
      port.close()
    },
  }
}
