import { describe, expect, it } from 'vitest'
import { Arena } from '#main/engine/arena.ts'

describe('an arena', () => {
  it('is as large as planned, in whole pages, and cannot grow', () => {
    const arena = new Arena(65_537)
    expect(arena.memory.buffer.byteLength).toBe(131_072)
    expect(() => (arena.memory as unknown as { grow(pages: number): number }).grow(1)).toThrow(RangeError)
  })

  it('hands out 64-byte aligned, zeroed, disjoint regions of the kind asked for', () => {
    const arena = new Arena(4096)
    const views = [arena.floats(3), arena.bytes(65), arena.ints(0), arena.ints(16), arena.floats(1)]
    expect(views.map((view) => view.constructor.name)).toEqual(['Float32Array', 'Uint8Array', 'Int32Array', 'Int32Array', 'Float32Array'])
    expect(views.map((view) => arena.offsetOf(view))).toEqual([0, 64, 192, 192, 256])
    expect(views.map((view) => view.length)).toEqual([3, 65, 0, 16, 1])
    views.forEach((view, k) => view.fill(k + 1))
    views.forEach((view, k) => expect(view.every((x) => x === k + 1)).toBe(true))
    expect(arena.usedBytes).toBe(320)
  })

  it('holds exactly what sizeOf adds up to', () => {
    const sizes = [4, 64, 100, 65_000]
    const arena = new Arena(Math.ceil(sizes.reduce((sum, bytes) => sum + Arena.sizeOf(bytes), 0) / 65_536) * 65_536)
    for (const bytes of sizes) arena.bytes(bytes)
    expect(arena.usedBytes).toBe(64 + 64 + 128 + 65_024)
  })

  it('says what was wanted and what is left when it is full, and stays usable', () => {
    const arena = new Arena(65_536)
    arena.floats(16_000)
    expect(() => arena.floats(1000)).toThrow('arena is full: 4000 bytes wanted, 1536 of 65536 left')
    expect(arena.floats(384).length).toBe(384)
    expect(() => arena.bytes(1)).toThrow('1 bytes wanted, 0 of 65536 left')
  })

  it('gives regions back to a mark', () => {
    const arena = new Arena(65_536)
    arena.floats(10)
    const mark = arena.mark()
    const first = arena.offsetOf(arena.floats(5000))
    arena.release(mark)
    expect(arena.offsetOf(arena.floats(7))).toBe(first)
    expect(() => arena.release(4096)).toThrow('mark 4096')
  })

  it('refuses to give the address of a view of other memory', () => {
    expect(() => new Arena(64).offsetOf(new Float32Array(4))).toThrow('does not lie in this arena')
  })

  it('lets the engine refuse a memory it cannot have', () => {
    expect(() => new Arena(2 ** 40)).toThrow(RangeError)
  })
})
