/** The WebSocket of the web shell. The token in the page's address is given away once, for a cookie, and leaves the address. */
import type { Channel } from '#shared/rpc/channel.ts'
import { fromBytes, toBytes } from '#shared/api/wire.ts'

const NO_ANSWER = 'The lab does not answer. Start it again with npm start.'
/** The status with which the lab refuses a browser that it doesn't know. */
const FORBIDDEN = 403

/** @throws Error with one line for people */
export async function openSocket(
  { host, hash }: Pick<Location, 'host' | 'hash'>,
  kept: Pick<History, 'replaceState' | 'state'>,
): Promise<Channel> {
  const fields = new URLSearchParams(hash.slice(1))
  const token = fields.get('token')
  const answer = await fetch('/token', token === null ? {} : { method: 'POST', body: token }).catch(() => null)
  if (answer === null) throw new Error(NO_ANSWER)
  if (token !== null) {
    fields.delete('token')
    kept.replaceState(kept.state, '', `#${fields}`)
  }
  if (answer.status === FORBIDDEN) {
    const what = token === null ? 'This address lacks its token' : 'The token of this address is wrong, or another browser used it'
    throw new Error(`${what}. Open the newest address that the lab printed.`)
  }
  const socket = new WebSocket(`ws://${host}/lab`, ['cooperlab'])
  socket.binaryType = 'arraybuffer'
  const channel = socketChannel(socket)
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(channel), { once: true })
    socket.addEventListener('error', () => reject(new Error(NO_ANSWER)), { once: true })
  })
}

function socketChannel(socket: WebSocket): Channel {
  return {
    post: (message) => socket.send(toBytes(message)),
    onMessage: (listener) => socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => listener(fromBytes(data))),
    onClose: (listener) => socket.addEventListener('close', listener, { once: true }),
    close: () => socket.close(),
  }
}
