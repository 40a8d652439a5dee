/** Arrow files with packed buffers, as pandas and pyarrow write Feather. */
import { zstdCompressSync } from 'node:zlib'
import { CompressionType, getCompressionCodec, setCompressionCodec, tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readExamples } from '#main/data/read-table.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { TestFiles, refusal } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

/** What the blocks of `lz4Frame` hold each; matches reach back into the blocks before. */
const BLOCK_BYTES = 1 << 12

/** flechette packs with whatever is registered; how it unpacks stays as it is. */
beforeAll(() => {
  const packers = [
    [CompressionType.ZSTD, (bytes: Uint8Array) => zstdCompressSync(bytes)],
    [CompressionType.LZ4_FRAME, lz4Frame],
  ] as const
  for (const [type, encode] of packers) setCompressionCodec(type, { decode: getCompressionCodec(type)!.decode, encode })
})

const stream = new Stream(deriveKey(3, 'packed'))
const WORDS = ['a', 'good', 'film', 'ünï', 'long and', '🙂', 'of']
const texts = Array.from(
  { length: 3000 },
  (_, i) => `${i} ${Array.from({ length: stream.below(12) }, () => WORDS[stream.below(7)]!).join(' ')}`,
)
const labels = texts.map((_, i) => ['no', 'yes'][i % 2]!)
const write = (codec: number | null, format: 'stream' | 'file'): Uint8Array =>
  tableToIPC(tableFromArrays({ text: texts, label: labels }), { format, codec: codec as never })!

describe.each([
  ['zstd', CompressionType.ZSTD],
  ['LZ4', CompressionType.LZ4_FRAME],
])('packed by %s', (_, codec) => {
  test.each(['stream', 'file'] as const)('gives the rows that were written (%s)', (format) => {
    const bytes = write(codec, format)
    expect(bytes.length).toBeLessThan(0.7 * write(null, format).length)
    const read = readExamples({ path: files.file('a.feather', bytes) })
    expect(read.texts).toEqual(texts)
    expect(read.labels).toEqual(labels)
  })

  test('is an InputError wherever a byte is changed or it ends, unless it still gives rows', () => {
    const bytes = write(codec, 'stream')
    for (let i = 0; i < 150; i++) {
      const copy = Uint8Array.from(bytes)
      copy[stream.below(copy.length)]! ^= 1 + stream.below(255)
      const path = files.file('b.arrow', i % 3 === 0 ? bytes.subarray(0, stream.below(bytes.length)) : copy)
      try {
        expect(readExamples({ path }).texts.length).toBeGreaterThan(0)
      } catch {
        expect(refusal({ path })).toMatch(/^.*b\.arrow/)
      }
    }
  })
})

/** LZ4 (github.com/lz4/lz4, the frame format): blocks of literals and greedy matches; one that doesn't shrink is stored as it is. */
function lz4Frame(bytes: Uint8Array): Uint8Array {
  const parts: Buffer[] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0])]
  const seen = new Map<number, number>()
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const end = Math.min(bytes.length, from + BLOCK_BYTES)
    const block = lz4Block(bytes, from, end, seen)
    const stored = block.length >= end - from
    const size = Buffer.alloc(4)
    size.writeUInt32LE(stored ? ((end - from) | 0x80000000) >>> 0 : block.length)
    parts.push(size, stored ? Buffer.from(bytes.subarray(from, end)) : block)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

/** @param seen where each four bytes were last, over all blocks */
function lz4Block(bytes: Uint8Array, from: number, end: number, seen: Map<number, number>): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out: number[] = []
  const more = (count: number): void => {
    for (let left = count - 15; left >= 0; left -= 255) out.push(Math.min(255, left))
  }
  const sequence = (literals: Uint8Array, match?: { back: number; length: number }): void => {
    const extra = match ? match.length - 4 : 0
    out.push(16 * Math.min(15, literals.length) + Math.min(15, extra))
    more(literals.length)
    out.push(...literals)
    if (!match) return
    out.push(match.back % 256, match.back >> 8)
    more(extra)
  }
  let start = from
  // The last bytes of a block are literals.
  for (let at = from; at < end - 12;) {
    const key = view.getUint32(at, true)
    const before = seen.get(key)
    seen.set(key, at)
    if (before === undefined || at - before > 0xffff) {
      at++
      continue
    }
    let length = 4
    while (at + length < end - 5 && bytes[before + length] === bytes[at + length]) length++
    sequence(bytes.subarray(start, at), { back: at - before, length })
    start = at += length
  }
  sequence(bytes.subarray(start, end))
  return Buffer.from(out)
}
