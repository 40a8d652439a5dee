/** A pipe between a shell and the lab's process as a channel of the lab: frames of MessagePack, whatever the two ends are. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Channel } from '#shared/rpc/channel.ts'
import { FrameReader, LARGEST_FRAME_BYTES, frameHead } from '#shared/api/frames.ts'
import { toBytes } from '#shared/api/wire.ts'

/** Descriptor of the pipe in the lab's process, after the three that every process has. */
export const PIPE = 3

/** The most bytes that the other end may leave unread. An end that leaves more has stopped reading, and would fill this machine's memory. */
const MOST_UNREAD_BYTES = LARGEST_FRAME_BYTES

export interface PipeOptions {
  readonly read: (bytes: Uint8Array) => unknown
  /** Called with the reason, as a clause, if the pipe was closed from this side. */
  readonly onBroken: (words: string) => void
  /** True to read nothing more while answers wait to be read. At most one of two ends may do so, or both could wait for each other. @default false */
  readonly holdsBack?: boolean
  /** @default 1 GiB and what is around a file */
  readonly mostUnreadBytes?: number
}

/** The channel ends with the pipe, however that came to be, and at once where this end closes it. */
export function pipeChannel(stream: Duplex, options: PipeOptions): Channel {
  const { read, onBroken, holdsBack = false, mostUnreadBytes = MOST_UNREAD_BYTES } = options
  const frames = new FrameReader()
  let tell: () => void
  const closed = new Promise<void>((resolve) => (tell = resolve))
  let open = true
  const end = (): void => {
    open = false
    tell()
  }
  const breakOff = (words: string): void => {
    if (!open) return
    onBroken(words)
    end()
    stream.destroy()
  }
  // What can't be read or written shows as the stream's end, which follows.
  stream.on('error', () => {})
  stream.once('close', end)
  if (stream.closed) end()
  if (holdsBack) stream.on('drain', () => stream.resume())
  return {
    post(message) {
      if (!open || !stream.writable) return
      const body = toBytes(message)
      const head = frameHead(body)
      if (stream.writableLength > mostUnreadBytes) return breakOff(`${stream.writableLength} bytes were sent and not read`)
      stream.cork()
      stream.write(head)
      const flows = stream.write(body)
      stream.uncork()
      if (holdsBack && !flows) stream.pause()
    },
    onMessage(listener) {
      // Reading goes on after this end has closed, or the other one could not finish its writing.
      stream.on('data', (piece: Buffer) => {
        if (!open) return
        let messages: unknown[]
        try {
          messages = frames.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.length)).map(read)
        } catch (error) {
          return breakOff(`a message is MessagePack in a frame, not ${(error as Error).message}`)
        }
        messages.forEach(listener)
      })
      stream.once('end', () => {
        if (!frames.betweenFrames) breakOff('it ended in the middle of a message')
      })
    },
    onClose: (listener) => void closed.then(listener),
    close() {
      end()
      stream.end()
    },
  }
}

/** Opens the channel in the lab's process. @throws Error if no shell is at the other end */
export function pipeToShell(): Socket {
  try {
    return new Socket({ fd: PIPE })
  } catch (error) {
    throw new Error('the lab is started by a shell, not by hand', { cause: error })
  }
}
