/** Between a process and its child, with structured clone on the way, as channels of the lab. */
import type { ChildProcess } from 'node:child_process'
import type { Channel } from '#shared/api/channel.ts'

/** To the child. It MUST have been started with `serialization: 'advanced'`. */
export function toChild(child: ChildProcess): Channel {
  return {
    post: (message) => void (child.connected && child.send(message as object, () => {})),
    onMessage: (listener) => void child.on('message', listener),
    onClose: (listener) => void child.once('exit', () => listener()),
    close: () => void (child.connected && child.disconnect()),
  }
}

/** To the parent. */
export function toParent(): Channel {
  if (!process.send) throw new Error('the lab is started by a shell, not by hand')
  const send = process.send.bind(process)
  return {
    post: (message) => void (process.connected && send(message, undefined, undefined, () => {})),
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => void process.once('disconnect', () => listener()),
    close: () => process.disconnect(),
  }
}
