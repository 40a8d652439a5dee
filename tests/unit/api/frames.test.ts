import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, LARGEST_FRAME_BYTES, frameHead } from '#shared/api/frames.ts'
import { fromForeignBytes, toBytes } from '#shared/api/wire.ts'

const framed = (body: Uint8Array): number[] => [...frameHead(body), ...body]

test('frames come out whole and in order, however the stream cuts them', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 })
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 }), (sent, cuts) => {
      const stream = Uint8Array.from(sent.flatMap(framed))
      const reader = new FrameReader()
      const got: Uint8Array[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        got.push(...reader.push(stream.slice(at, at + cut)))
        at = Math.min(stream.length, at + cut)
      }
      expect(got.map((body) => [...body])).toEqual(sent.map((body) => [...body]))
      expect(reader.betweenFrames).toBe(true)
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('a stream that ends inside a frame is told from one that ends between two', () => {
  const [first, ...rest] = framed(toBytes({ t: 'q' }))
  const reader = new FrameReader()
  expect(reader.betweenFrames).toBe(true)
  expect(reader.push(Uint8Array.of(first!))).toEqual([])
  expect(reader.betweenFrames).toBe(false)
  const [body] = reader.push(Uint8Array.from(rest))
  expect(fromForeignBytes(body!)).toEqual({ t: 'q' })
  expect(reader.betweenFrames).toBe(true)
})

test('a frame that claims more than the largest file is refused before any memory is taken', () => {
  expect(() => new FrameReader().push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow(/4294967295 bytes; the largest/)
  expect(() => new FrameReader(10).push(Uint8Array.of(0, 0, 0, 11))).toThrow(/11 bytes/)
  expect(new FrameReader(10).push(Uint8Array.of(0, 0, 0, 10))).toEqual([])
  expect(() => frameHead({ length: LARGEST_FRAME_BYTES + 1 } as Uint8Array)).toThrow(/the largest/)
})
