/** A worker of the contract test: tells its parent it is ready, then holds what it is asked to hold, or leaves as a phone would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CAP_HIT_EXIT_CODE, isAllocationFailure } from '../../../src-main/workers/allocation-failure.ts'

export interface Order {
  /** `child`: in a process that it starts. */
  hold: 'typed-array' | 'webassembly' | 'javascript-heap' | 'child'
  bytes: number
}

export interface Answer {
  held: number
  residentBytes: number
}

const kept: unknown[] = []

/** Holds so many bytes and says so; ends as soon as it can't. */
const CHILD = `
  const held = []
  process.on('message', (bytes) => {
    try { held.push(new Uint8Array(bytes).fill(1)) } catch { process.exit(${CAP_HIT_EXIT_CODE}) }
    process.send('held')
  })
  process.on('disconnect', () => process.exit(0))`

const ways: Record<Exclude<Order['hold'], 'child'>, (bytes: number) => void> = {
  'typed-array': (bytes) => kept.push(new Uint8Array(bytes).fill(1)),
  webassembly(bytes) {
    const pages = Math.ceil(bytes / 65_536)
    // Node's types leave out `grow`.
    const memory = new WebAssembly.Memory({ initial: 0, maximum: pages }) as WebAssembly.Memory & { grow(pages: number): number }
    memory.grow(pages)
    kept.push(new Uint8Array(memory.buffer).fill(1))
  },
  'javascript-heap'(bytes) {
    // An object of two properties and an array of one element take more than 32 bytes.
    for (let count = 0; count < bytes / 32; count++) kept.push({ count, list: [count] })
  },
}

/** A worker whose child can't go on leaves as one that was refused memory itself. */
async function inChild(bytes: number): Promise<void> {
  const child = spawn(process.execPath, ['-e', CHILD], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  child.on('exit', () => process.exit(CAP_HIT_EXIT_CODE))
  child.send(bytes)
  await once(child, 'message')
}

process.on('message', async (order: Order) => {
  try {
    if (order.hold === 'child') await inChild(order.bytes)
    else ways[order.hold](order.bytes)
  } catch (error) {
    process.exit(isAllocationFailure(error) ? CAP_HIT_EXIT_CODE : 3)
  }
  const answer: Answer = { held: order.bytes, residentBytes: process.memoryUsage().rss }
  process.send?.(answer)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
