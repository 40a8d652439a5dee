/** The WebSocket of the web shell, opened with the token in the page's address. */
import type { Channel } from '#shared/api/channel.ts'
import { fromBytes, toBytes } from '#shared/api/wire.ts'

/** A reload keeps the token although the window may have changed its fragment meanwhile. */
const KEPT = 'cooperlab:token'

export function openSocket({ host, hash }: Pick<Location, 'host' | 'hash'>, kept: Pick<Storage, 'getItem' | 'setItem'>): Promise<Channel> {
  const given = new URLSearchParams(hash.slice(1)).get('token')
  if (given) kept.setItem(KEPT, given)
  const token = given ?? kept.getItem(KEPT)
  if (!token) throw new Error('This address lacks its token. Open the address that the lab printed when it started.')
  const socket = new WebSocket(`ws://${host}/lab`, ['cooperlab', token])
  socket.binaryType = 'arraybuffer'
  const channel = socketChannel(socket)
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(channel), { once: true })
    socket.addEventListener('error', () => reject(new Error('The lab does not answer. Start it again with npm start.')), { once: true })
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
