/** A browser's WebSocket as a channel of the lab. */
import type { RawData, WebSocket } from 'ws'
import type { Channel } from '#shared/api/channel.ts'
import { fromBytes, toBytes } from '#shared/api/wire.ts'

/** A message that can't be read ends the connection: whoever sends such is no window of the lab. */
export function socketChannel(socket: WebSocket): Channel {
  return {
    post: (message) => socket.send(toBytes(message)),
    onMessage: (listener) =>
      void socket.on('message', (data: RawData, isBinary: boolean) => {
        let message
        try {
          if (!isBinary) throw new TypeError('text')
          message = fromBytes(data as Buffer)
        } catch {
          return socket.close(1003, 'a message of the lab is MessagePack')
        }
        listener(message)
      }),
    onClose: (listener) => void socket.once('close', () => listener()),
    close: () => socket.close(),
  }
}
