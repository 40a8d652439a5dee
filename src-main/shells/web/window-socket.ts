/** A browser's WebSocket as a channel of the lab. */
import type { RawData, WebSocket } from 'ws'
import type { Channel } from '#shared/rpc/channel.ts'
import { LARGEST_FILE_BYTES } from '#shared/api/call-schema.ts'
import { fromForeignBytes, toBytes } from '#shared/api/wire.ts'

/** The most bytes that a window may leave unread. A window that leaves more has stopped reading, and would fill this machine's memory. */
const MOST_UNREAD_BYTES = LARGEST_FILE_BYTES

/** A message that can't be read ends the connection, since no window of the lab sends such. */
export function socketChannel(socket: WebSocket): Channel {
  return {
    post(message) {
      if (socket.bufferedAmount > MOST_UNREAD_BYTES) return socket.terminate()
      // A failure to send shows as the socket's end.
      socket.send(toBytes(message), () => {})
    },
    onMessage: (listener) =>
      void socket.on('message', (data: RawData, isBinary: boolean) => {
        let message
        try {
          if (!isBinary) throw new TypeError('text')
          message = fromForeignBytes(data as Buffer)
        } catch (error) {
          // Letters of other scripts take more bytes than one, and a reason that is too long is an error.
          const why = (error as Error).message.replace(/[^\x20-\x7e]/g, '?')
          return socket.close(1003, `a message of the lab is MessagePack, not ${why}`.slice(0, LONGEST_REASON))
        }
        listener(message)
      }),
    onClose: (listener) => void socket.once('close', () => listener()),
    close: () => socket.close(),
  }
}

/** Bytes of the reason in a closing frame, RFC 6455, 5.5. */
const LONGEST_REASON = 123
