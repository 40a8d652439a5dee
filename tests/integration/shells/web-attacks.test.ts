/** Whoever can reach the web shell's port, with and without its cookie, against a lab in a process of its own: it lives and answers. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type Socket, connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode, encode } from '@msgpack/msgpack'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Client, exchange, openSocket } from './web-client.ts'

let folder = ''
let host: ChildProcess
let browser: Client
let port = 0
let output = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-attacks-'))
  host = fork(join(import.meta.dirname, 'host-program.ts'), [join(folder, 'sessions.db')], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [host.stdout!, host.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  await Promise.race([once(host.stdout!, 'data'), once(host, 'exit')])
  browser = await exchange(output.trim().split('\n')[0]!)
  port = Number(new URL(browser.origin).port)
})

afterAll(async () => {
  const gone = once(host, 'exit')
  host.disconnect()
  await gone
  rmSync(folder, { recursive: true, force: true })
})

/** What a window is answered to what it asks first. */
async function answers(): Promise<unknown> {
  expect([host.exitCode, host.signalCode], output).toEqual([null, null])
  const socket = await openSocket(browser)
  const answer = await asked(socket, { t: 'q', m: 'running', a: [], i: 'x' })
  socket.close()
  return answer
}

const NOTHING_RUNS = { i: 'x', t: 's', r: [] }

async function asked(socket: WebSocket, message: unknown): Promise<unknown> {
  const answer = once(socket, 'message') as Promise<[Buffer]>
  socket.send(message instanceof Uint8Array ? message : encode(message))
  return decode((await answer)[0])
}

async function raw(text = ''): Promise<Socket> {
  const socket = connectTo(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (text !== '') await new Promise<void>((resolve) => socket.write(text, 'latin1', () => resolve()))
  return socket
}

const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : once(socket, 'close'))

const UPGRADE = (cookie: string): string =>
  [
    'GET /lab HTTP/1.1',
    `Host: ${browser.host}`,
    `Origin: ${browser.origin}`,
    `Cookie: ${cookie}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: cooperlab',
    '\r\n',
  ].join('\r\n')

test('connections that are reset after any byte of a handshake, refused or not, end nothing but themselves', async () => {
  for (const text of [
    UPGRADE('x=1'),
    UPGRADE(browser.cookie),
    `POST /token HTTP/1.1\r\nHost: ${browser.host}\r\nContent-Length: 9\r\n\r\nabc`,
  ]) {
    for (let cut = 0; cut <= text.length; cut += cut > text.length - 40 ? 1 : 23) {
      const socket = await raw(text.slice(0, cut))
      socket.resetAndDestroy()
    }
    // Reset while the answer is on its way, and after it.
    for (let i = 0; i < 20; i++) (await raw(text)).resetAndDestroy()
    const answered = await raw(text)
    if (!text.startsWith('POST')) await once(answered, 'data')
    answered.resetAndDestroy()
  }
  expect(await answers()).toEqual(NOTHING_RUNS)
})

test('the other side closing its half, before an answer or after, ends the connection', async () => {
  for (const text of ['', 'GET / HT', UPGRADE('x=1'), UPGRADE(browser.cookie)]) {
    const socket = await raw(text)
    socket.resume()
    socket.end()
    await closed(socket)
  }
  expect(await answers()).toEqual(NOTHING_RUNS)
})

test('handshakes that are none are refused', async () => {
  const wrong = [
    UPGRADE(browser.cookie).replace('Version: 13', 'Version: 99'),
    UPGRADE(browser.cookie).replace(/Key: .*/, 'Key: x'),
    UPGRADE(browser.cookie).replace('Upgrade: websocket', 'Upgrade: h2c'),
    UPGRADE(browser.cookie).replace('GET /lab', 'GET /other'),
    UPGRADE(browser.cookie).replace('GET', 'POST'),
    `GET / HTTP/1.1\r\nHost: ${browser.host}\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    'CONNECT example.org:80 HTTP/1.1\r\nHost: example.org\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz',
  ]
  for (const text of wrong) {
    const socket = await raw(text)
    let answer = ''
    socket.on('data', (part) => (answer += part.toString('latin1')))
    socket.end()
    await closed(socket)
    expect(answer.slice(0, 12), text.slice(0, 60)).not.toMatch(/HTTP\/1\.1 (101|2)/)
  }
  expect(await answers()).toEqual(NOTHING_RUNS)
})

test('whoever holds many connections open, silent or in the middle of their headers, keeps nobody out', async () => {
  const held = await Promise.all(Array.from({ length: 200 }, (_, i) => raw(i % 2 === 0 ? '' : `GET / HTTP/1.1\r\nX-Slow: `)))
  expect(await answers()).toEqual(NOTHING_RUNS)
  await expect.poll(() => held.filter(({ closed: gone }) => gone).length).toBeGreaterThanOrEqual(200 - 64)
  held.forEach((socket) => socket.destroy())
  expect(await answers()).toEqual(NOTHING_RUNS)
})

/** A client's frame: FIN and opcode, masked with zeros. */
function frame(first: number, payload: Uint8Array, claimed = payload.length): Buffer {
  const head = Buffer.alloc(14)
  head[0] = first
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(claimed), 2)
  return Buffer.concat([head, payload])
}

test('frames that are too large, unmasked, cut off, fragmented out of order or no frames end their own connection', async () => {
  const unmasked = Buffer.from([0x82, 0x01, 0xc0])
  const frames = [
    frame(0x82, Buffer.alloc(10), 2 ** 31),
    frame(0x82, Buffer.alloc(10), Number.MAX_SAFE_INTEGER),
    frame(0xf2, Buffer.alloc(1)),
    frame(0x80, Buffer.alloc(1)),
    frame(0x88, Buffer.from([0x03])),
    frame(0x89, Buffer.alloc(200)),
    frame(0x81, Buffer.from([0xff, 0xfe])),
    unmasked,
  ]
  for (const bytes of frames) {
    const socket = await raw(UPGRADE(browser.cookie))
    await once(socket, 'data')
    socket.write(bytes)
    socket.resume()
    await closed(socket)
  }
  for (const cut of [1, 5, 14, 20]) {
    const socket = await raw(UPGRADE(browser.cookie))
    await once(socket, 'data')
    await new Promise<void>((resolve) => socket.write(frame(0x82, Buffer.alloc(100)).subarray(0, cut), () => resolve()))
    socket.resetAndDestroy()
  }
  expect(await answers()).toEqual(NOTHING_RUNS)
})

test('a window that is reset while it is answered and told, again and again, ends nothing but itself', async () => {
  const questions = ['describe', 'running'].map((m) => frame(0x82, encode({ t: 'q', m, a: [], i: m })))
  for (let i = 0; i < 20; i++) {
    const socket = await raw(UPGRADE(browser.cookie))
    await once(socket, 'data')
    await new Promise<void>((resolve) => socket.write(Buffer.concat(questions), () => resolve()))
    if (i % 2 === 0) await once(socket, 'data')
    socket.resetAndDestroy()
  }
  expect(await answers()).toEqual(NOTHING_RUNS)
})

const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])])
/** {t: "q", m: "check", i: "x", a: [ … ]} around bytes of an argument. */
const around = (argument: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from([0x84]),
    encode('t'),
    encode('q'),
    encode('m'),
    encode('check'),
    encode('i'),
    encode('x'),
    encode('a'),
    Buffer.from([0x91]),
    argument,
  ])

test('messages that are no calls are answered with one line, the next call as ever', async () => {
  const socket = await openSocket(browser)
  const wrong: unknown[] = [null, true, 0, 'x', [], {}, { e: null }, { t: 's', i: 'x', e: null }, { t: 'q' }, { t: 'q', m: null, a: [] }]
  wrong.push({ t: 'q', m: 'running', a: null, i: 'x' }, { t: 'q', m: 'running', a: {} }, { t: 'q', m: 'x'.repeat(2 ** 20), a: [], i: 'x' })
  wrong.push(
    { t: 'q', m: 'constructor', a: [], i: 'x' },
    { t: 'q', m: 'toString', a: [], i: 'x' },
    { t: 'q', m: 'running', a: [1], i: 'x' },
  )
  wrong.push({ t: 'q', m: 'open', a: ['x', 2 ** 53], i: 'x' }, { t: 'q', m: 'open', a: ['x'.repeat(2 ** 20)], i: 'x' })
  wrong.push({ t: 'q', m: 'running', a: [], i: { a: 1 } }, { t: 'q', m: 'describeSession', a: ['x', { tags: [{}] }], i: 'x' })
  for (const message of wrong) {
    const answer = (await asked(socket, message)) as { e: { message: string } }
    expect(answer.e.message, JSON.stringify(message)?.slice(0, 60)).toMatch(/^[^\n]{1,700}$/)
    expect(answer.e.message).toMatch(/expected/)
  }
  expect(await asked(socket, { t: 'q', m: 'running', a: [], i: 'y' })).toMatchObject({ i: 'y', r: [] })
  socket.close()
  expect(await answers()).toEqual(NOTHING_RUNS)
})

test('bytes that are no message, or claim more than they are, close the connection with a reason', async () => {
  const wrong = [
    Buffer.from([0xc1]),
    Buffer.from([0xdd, 0x02, 0, 0, 0]),
    Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xd8, 1]),
    nested(1_000_000),
    around(nested(200_000)),
    around(Buffer.concat([Buffer.from([0xdd, 0, 0x10, 0, 0]), Buffer.alloc(2 ** 20, 0xc0)])),
    Buffer.concat([around(Buffer.from([0x81])), encode('__proto__'), encode({ a: 1 })]),
    Buffer.concat([around(Buffer.from([0xc0])), Buffer.from([0xc0])]),
  ]
  for (const bytes of wrong) {
    const socket = await openSocket(browser)
    socket.send(bytes)
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
    expect([code, String(reason)]).toEqual([1003, expect.stringMatching(/^a message of the lab is MessagePack, not .+/)])
  }
  expect(await answers()).toEqual(NOTHING_RUNS)
})

test('a text in place of bytes closes the connection', async () => {
  const socket = await openSocket(browser)
  socket.send('{"t":"q","m":"running","a":[]}')
  expect(((await once(socket, 'close')) as [number])[0]).toBe(1003)
  expect(socket.readyState).toBe(WebSocket.CLOSED)
  expect(await answers()).toEqual(NOTHING_RUNS)
})
