/**
 * The web shell: the same window as the desktop's in a browser on this machine. Only this machine can reach it (127.0.0.1), only pages it
 * served itself can open a channel (Origin, Host), and only those opened with the token that was printed when it started.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Channel } from '#shared/api/channel.ts'
import { contentPolicy } from '../content-policy.ts'
import { socketChannel } from './socket-channel.ts'
import { answer } from './static-files.ts'

export interface WebShellOptions {
  /** The built window. */
  readonly directory: string
  /** @default any that is free */
  readonly port?: number | undefined
  /** @default a new random one */
  readonly token?: string | undefined
  connect(channel: Channel): void
}

export interface WebShell {
  /** With its token, e.g. http://127.0.0.1:41234/#token=… */
  readonly address: string
  close(): Promise<void>
}

/** Sessions come and go as files of at most so many bytes. */
const LARGEST_MESSAGE_BYTES = 2 ** 30
const PROTOCOL = 'cooperlab'

export async function openWebShell(options: WebShellOptions): Promise<WebShell> {
  const { directory, connect } = options
  const token = options.token ?? randomBytes(24).toString('base64url')
  const server = createServer(
    (request, response) => void answer(request, response, directory, contentPolicy([`ws://${hostOf(server.address())}`])),
  )
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => PROTOCOL,
  })
  server.on('upgrade', (request, socket, head) => {
    const refusal = whyRefused(request, hostOf(server.address()), token)
    if (refusal !== null)
      return void socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${refusal}\n`)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => opened.terminate())
      connect(socketChannel(opened))
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://${hostOf(server.address())}/#token=${token}`,
    async close() {
      for (const socket of sockets.clients) socket.close(1001, 'the lab ends')
      server.close()
      server.closeAllConnections()
      await Promise.race([once(server, 'close'), new Promise((resolve) => setTimeout(resolve, 500).unref())])
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

/** In words; null: it may. A page of another origin can reach 127.0.0.1 too, and a name of its own can be made to point there. */
export function whyRefused({ headers, url }: Pick<IncomingMessage, 'headers' | 'url'>, host: string, token: string): string | null {
  if (headers.host !== host) return `the host is not ${host}`
  if (headers.origin !== `http://${host}`) return 'the page is not one of the lab'
  if (url !== '/lab') return 'there is nothing here'
  const given = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim())
  if (given[0] !== PROTOCOL || !isSame(given[1] ?? '', token)) return 'the token is missing or wrong; open the address that the lab printed'
  return null
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function hostOf(address: string | AddressInfo | null): string {
  return `127.0.0.1:${(address as AddressInfo).port}`
}
