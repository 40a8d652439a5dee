/** A browser as far as the web shell sees it: gives the token for a cookie and opens sockets with it. */
import { WebSocket } from 'ws'

export interface Client {
  readonly host: string
  readonly origin: string
  readonly cookie: string
}

/** @param address with its token */
export async function exchange(address: string): Promise<Client> {
  const { origin, host, hash } = new URL(address)
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
  const answer = await fetch(`${origin}/token`, { method: 'POST', body: token, headers: { origin } })
  const cookie = answer.headers.get('set-cookie')
  if (cookie === null) throw new Error(`${answer.status} ${await answer.text()}`)
  return { host, origin, cookie: cookie.split(';')[0]! }
}

/** @param headers in place of some that a browser sends */
export async function openSocket({ host, origin, cookie }: Client, headers: Readonly<Record<string, string>> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}/lab`, ['cooperlab'], { headers: { origin, cookie, ...headers } })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}
