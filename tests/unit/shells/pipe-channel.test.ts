import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type Server, type Socket, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Channel } from '#shared/rpc/channel.ts'
import { frameHead } from '#shared/api/frames.ts'
import { fromBytes, fromForeignBytes, toBytes } from '#shared/api/wire.ts'
import { type PipeOptions, pipeChannel } from '#main/shells/process/pipe-channel.ts'

let folder: string
let server: Server
/** The two ends of one pipe. */
let near: Socket
let far: Socket
let broken: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-'))
  const path = process.platform === 'win32' ? String.raw`\\.\pipe\cooperlab-${process.pid}` : join(folder, 'pipe')
  server = createServer().listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  near = connect(path)
  ;[far] = (await accepted) as [Socket]
  far.on('error', () => {})
  broken = []
})

afterEach(() => {
  near.destroy()
  far.destroy()
  server.close()
  rmSync(folder, { recursive: true })
})

const channelOf = (options: Partial<PipeOptions> = {}): Channel =>
  pipeChannel(near, { read: fromForeignBytes, onBroken: (words) => broken.push(words), ...options })

const frame = (message: unknown): Buffer => Buffer.concat([frameHead(toBytes(message)), toBytes(message)])

async function closedBy(act: () => void): Promise<unknown[]> {
  const heard: unknown[] = []
  const channel = channelOf()
  channel.onMessage((message) => heard.push(message))
  const closed = new Promise<void>((resolve) => channel.onClose(resolve))
  act()
  await closed
  return heard
}

test('messages cross whole and in order, bytes of files and NaN among them', async () => {
  const there = pipeChannel(far, { read: fromBytes, onBroken: (words) => broken.push(words) })
  const heard: unknown[] = []
  there.onMessage((message) => heard.push(message))
  const sent = [{ a: [Number.NaN, null, 'ü'] }, { file: new Uint8Array(300_000).fill(7) }, 3]
  const channel = channelOf()
  sent.forEach((message) => channel.post(message))
  await expect.poll(() => heard.length).toBe(3)
  expect(heard).toEqual(sent)
  expect(broken).toEqual([])
})

test('what is no message, or cut off, ends the channel and says why', async () => {
  // What Electron 45 would have written to a channel of Node's own.
  expect(await closedBy(() => far.write(Buffer.from([0, 0, 0, 4, 0xff, 0x10, 0x6f, 0x7b])))).toEqual([])
  expect(broken).toEqual([expect.stringMatching(/^a message is MessagePack in a frame, not /) as string])
})

test('a frame too long to be one ends the channel before it is read', async () => {
  await closedBy(() => far.write(Buffer.from([0xff, 0xff, 0xff, 0xff])))
  expect(broken).toEqual([expect.stringMatching(/4294967295 bytes/) as string])
})

test('the end of the pipe is the end of the channel; an end within a message is told', async () => {
  expect(await closedBy(() => far.end(frame({ t: 'q' })))).toEqual([{ t: 'q' }])
  expect(broken).toEqual([])
})

test('half a message at the end is told', async () => {
  expect(await closedBy(() => far.end(frame({ t: 'q' }).subarray(0, 6)))).toEqual([])
  expect(broken).toEqual(['it ended in the middle of a message'])
})

test('an end that is gone costs nobody anything: what is posted then is lost, and the close is told once', async () => {
  const channel = channelOf()
  let closes = 0
  channel.onClose(() => closes++)
  far.destroy()
  for (let i = 0; i < 100; i++) channel.post({ i, bytes: new Uint8Array(10_000) })
  await expect.poll(() => near.closed).toBe(true)
  channel.post({ late: true })
  await expect.poll(() => closes).toBe(1)
  const after = await new Promise<string>((resolve) => channel.onClose(() => resolve('told')))
  expect([after, closes, broken]).toEqual(['told', 1, []])
})

test('closing is told at once, though the other end takes its time, which can still say its last', async () => {
  const channel = channelOf()
  channel.onMessage(() => {})
  let told = false
  channel.onClose(() => (told = true))
  channel.close()
  await Promise.resolve()
  await Promise.resolve()
  expect(told).toBe(true)
  expect(near.closed).toBe(false)
  far.end(Buffer.alloc(1_000_000, 0x80))
  await once(near, 'close')
  expect(broken).toEqual([])
})

test('an end that answers stops taking questions while its answers are not read, and goes on when they are', async () => {
  const channel = channelOf({ holdsBack: true })
  let asked = 0
  channel.onMessage(() => {
    asked++
    channel.post({ answer: new Uint8Array(100_000) })
  })
  far.pause()
  for (let i = 0; i < 500; i++) far.write(frame({ t: 'q', a: ['x'.repeat(2000)] }))
  await expect.poll(() => near.isPaused()).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const held = asked
  expect(held).toBeLessThan(500)
  // Those of one piece of the stream, at most, and never all answers that there will be.
  expect(near.writableLength).toBeLessThan(10_000_000)
  far.resume()
  await expect.poll(() => asked).toBe(500)
})

test('an end that has stopped reading is left before it fills the memory', async () => {
  const channel = channelOf({ mostUnreadBytes: 1_000_000 })
  far.pause()
  const closed = new Promise<void>((resolve) => channel.onClose(resolve))
  for (let i = 0; i < 30; i++) channel.post({ notice: new Uint8Array(100_000) })
  await closed
  expect(broken).toEqual([expect.stringMatching(/bytes were sent and not read/) as string])
})
