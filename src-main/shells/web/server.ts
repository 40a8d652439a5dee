/**
 * The web shell: the same window as the desktop's in a browser on this machine. Only this machine can reach it (127.0.0.1), only pages it
 * served itself can open a channel (Origin, Host), and only in a browser that was opened with the token that the lab printed (door.ts).
 */
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { LARGEST_FILE_BYTES } from '#shared/api/call-schema.ts'
import type { Channel } from '#shared/rpc/channel.ts'
import { contentPolicy } from '../content-policy.ts'
import { Door } from './door.ts'
import { socketChannel } from './window-socket.ts'
import { answer, setHeaders } from './static-files.ts'
import { Strangers } from './strangers.ts'

interface WebShellOptions {
  /** The folder of the built window. */
  readonly directory: string
  /** @default any free port */
  readonly port?: number | undefined
  /** The first one. @default a new random one */
  readonly token?: string | undefined
  connect(channel: Channel): void
  /** Called with the next address when a browser has used up the one before. */
  readonly onAddress?: ((address: string) => void) | undefined
}

export interface WebShell {
  /** The address for a browser that hasn't been here, with a token that is good once, e.g. http://127.0.0.1:41234/#token=… */
  readonly address: string
  close(): Promise<void>
}

const PROTOCOL = 'cooperlab'
const MOST_WINDOWS = 64
/** A session's file and what is around it. */
const LARGEST_MESSAGE_BYTES = LARGEST_FILE_BYTES + 2 ** 16
const LONGEST_TOKEN_BYTES = 200

/** A request that takes longer on this machine doesn't come from a browser. */
const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1000,
} as const
const IDLE_MILLISECONDS = 30_000

export async function openWebShell(options: WebShellOptions): Promise<WebShell> {
  const { directory, connect } = options
  const server = createServer({ ...PATIENCE, maxHeaderSize: 2 ** 14 })
  server.setTimeout(IDLE_MILLISECONDS)
  const strangers = new Strangers(server)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => PROTOCOL,
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // The error is about one connection that couldn't be taken, e.g. because this process has too many files open; the next one may be.
  server.on('error', () => {})
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  const door = new Door(port, options.token)
  const addressNow = (): string => `http://${host}/#token=${door.nextToken}`

  server.on('request', (request, response) => {
    for (const part of [request, response]) part.on('error', () => {})
    setHeaders(response, contentPolicy([`ws://${host}`]))
    const answered = request.url === '/token' ? answerToken(request, response) : answer(request, response, directory)
    answered.catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket: Socket, head) => {
    const refusal = whyRefused(request, host, door)
    if (refusal !== null) return refuse(socket, '403 Forbidden', refusal)
    if (sockets.clients.size >= MOST_WINDOWS) return refuse(socket, '503 Service Unavailable', `${MOST_WINDOWS} windows are open`)
    strangers.forget(socket)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => opened.terminate())
      connect(socketChannel(opened))
    })
  })

  /** POST gives the token for a cookie, GET asks whether the cookie counts. */
  async function answerToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers } = request
    if (method !== 'POST' && method !== 'GET') return void response.writeHead(405).end()
    const given = method === 'POST' ? await shortBody(request) : null
    const foreign = whyForeign(headers, host, method === 'GET')
    if (foreign !== null) return void response.writeHead(403, TEXT).end(`${foreign}\n`)
    if (given !== null) {
      const cookie = door.exchange(given)
      if (cookie !== null) {
        response.writeHead(204, { 'Set-Cookie': cookie }).end()
        return options.onAddress?.(addressNow())
      }
    }
    // A browser that has been here may be given the same address again.
    if (door.knows(headers.cookie)) return void response.writeHead(204).end()
    response.writeHead(403, TEXT).end(`${NOT_KNOWN}\n`)
  }

  return {
    get address() {
      return addressNow()
    },
    async close() {
      for (const socket of sockets.clients) socket.close(1001, 'the lab ends')
      server.close()
      server.closeAllConnections()
      await Promise.race([once(server, 'close'), new Promise((resolve) => setTimeout(resolve, 500).unref())])
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' } as const
const NOT_KNOWN =
  'this browser is not known to the lab, and the token is missing, wrong or used; open the newest address that the lab printed'

/**
 * Returns the reason for a refusal, in words; null if there is none. A page of another origin can reach 127.0.0.1 too, and its own name can be made
 * to point there.
 */
function whyRefused({ headers, url }: Pick<IncomingMessage, 'headers' | 'url'>, host: string, door: Pick<Door, 'knows'>): string | null {
  const foreign = whyForeign(headers, host, false)
  if (foreign !== null) return foreign
  if (url !== '/lab') return 'there is nothing here'
  const [protocol] = (headers['sec-websocket-protocol'] ?? '').split(',')
  if (protocol!.trim() !== PROTOCOL) return `the protocol is not ${PROTOCOL}`
  return door.knows(headers.cookie) ? null : NOT_KNOWN
}

/** @param mayBeSame a browser says no origin when a page only reads from its own */
function whyForeign({ host: asked, origin }: IncomingMessage['headers'], host: string, mayBeSame: boolean): string | null {
  if (asked !== host) return `the host is not ${host}`
  if (origin === undefined && mayBeSame) return null
  return origin === `http://${host}` ? null : 'the page is not one of the lab'
}

function refuse(socket: Socket, status: string, words: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${words}\n`, () => socket.destroy())
}

/** @throws Error for a longer one, or one that breaks off */
async function shortBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LONGEST_TOKEN_BYTES) throw new Error('a longer body than a token')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
