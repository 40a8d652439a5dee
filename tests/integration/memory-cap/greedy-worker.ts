/** A worker of the contract test: tells its parent it is ready, then holds what it is asked to hold, or leaves as a phone would. */
import { CAP_HIT_EXIT_CODE, isAllocationFailure } from '../../../src-main/workers/allocation-failure.ts'

export interface Order {
  hold: 'typed-array' | 'webassembly' | 'javascript-heap'
  bytes: number
}

export interface Answer {
  held: number
  residentBytes: number
}

const kept: unknown[] = []

const ways: Record<Order['hold'], (bytes: number) => void> = {
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

process.on('message', (order: Order) => {
  try {
    ways[order.hold](order.bytes)
  } catch (error) {
    process.exit(isAllocationFailure(error) ? CAP_HIT_EXIT_CODE : 3)
  }
  const answer: Answer = { held: order.bytes, residentBytes: process.memoryUsage().rss }
  process.send?.(answer)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
