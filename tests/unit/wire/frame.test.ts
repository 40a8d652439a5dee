import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeDirection, codedSegmentBytes, decodeAll, openDirection, type Coding } from '#main/wire/coded-direction.ts'
import { readDirection, writeDirection } from '#main/wire/direction-frame.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { FRAME_BYTES_LIMIT, FRAME_KINDS, HEADER_BYTES, readFrame, writeFrame } from '#main/wire/frame.ts'
import { readScalars, scalarsFrameBytes, writeScalars } from '#main/wire/scalars-frame.ts'
import { keptByShare } from '#main/wire/topk.ts'
import { readUpdate, writeUpdate } from '#main/wire/update-frame.ts'
import { exampleDirection } from './arbitrary-direction.ts'
import { alongBasis, seeded } from './terms.ts'

const uint32 = fc.nat(0xffffffff)
const anyFrame = fc.record({
  kind: fc.constantFrom(...FRAME_KINDS),
  round: uint32,
  sequence: uint32,
  payload: fc.uint8Array({ maxLength: 60 }),
})

describe('a frame', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(readFrame(writeFrame(frame))).toEqual(frame)
      }),
    )
  })

  test('is refused when any one byte is different', () => {
    fc.assert(
      fc.property(anyFrame, fc.integer({ min: 1, max: 255 }), (frame, flip) => {
        const bytes = writeFrame(frame)
        for (let at = 0; at < bytes.length; at++) {
          const damaged = bytes.slice()
          damaged[at]! ^= flip
          expect(() => readFrame(damaged)).toThrow(FrameError)
        }
      }),
    )
  })

  test('is refused when it is cut anywhere or continued', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = writeFrame(frame)
        for (let end = 0; end < bytes.length; end++) expect(() => readFrame(bytes.subarray(0, end))).toThrow(FrameError)
        expect(() => readFrame(Uint8Array.of(...bytes, 0))).toThrow('1 bytes too many')
      }),
    )
  })

  test('of another version, another format, an unknown kind or too large a size is refused with the reason', () => {
    const frame = { kind: 'direction', round: 1, sequence: 2, payload: new Uint8Array(3) } as const
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = writeFrame(frame)
      bytes[at] = value
      // Recompute the checksum over header and payload, so that only the change itself can be the reason.
      new DataView(bytes.buffer).setUint32(20, crc32(Uint8Array.of(...bytes.subarray(0, 20), ...bytes.subarray(24))), true)
      return bytes
    }
    expect(readFrame(changed(4, 1)).kind).toBe('scalars')
    expect(() => readFrame(changed(3, '2'.charCodeAt(0)))).toThrow('a frame of kind direction and version "2"; expected version "1"')
    expect(() => readFrame(changed(4, 2))).toThrow('a frame of kind update and version "1"; expected version "2"')
    expect(() => readFrame(changed(0, 0x58))).toThrow('not a frame: it starts with "XLf1"')
    expect(() => readFrame(changed(4, 99))).toThrow('unknown kind 99')
    expect(() => readFrame(changed(19, 0xff))).toThrow('oversize frame')
    expect(() => writeFrame({ ...frame, payload: new Uint8Array(FRAME_BYTES_LIMIT) })).toThrow('oversize frame')
    expect(() => writeFrame({ ...frame, round: -1 })).toThrow(RangeError)
  })
})

describe('typed frames', () => {
  test('carry a direction in either coding, in the bytes announced', () => {
    fc.assert(
      fc.property(exampleDirection, uint32, fc.boolean(), fc.array(fc.double(), { maxLength: 8 }), (direction, label, sparse, products) => {
        const { values, segments, bits } = direction
        const coding: Coding = sparse ? { kind: 'top-k', kept: keptByShare(values, segments, 0.3) } : { kind: 'uniform', bits }
        const coded = codeDirection(values, segments, coding)
        const frame = { round: 3, sequence: 9, label, firstSegment: 2, coding, products, payload: coded.payload }
        const bytes = writeDirection(frame)
        const code = segments.reduce((sum, _, index) => sum + codedSegmentBytes(segments, coding, index), 0)
        const prefix = 14 + (sparse ? 4 : 1) * segments.length + 8 * products.length
        expect(bytes.byteLength).toBe(HEADER_BYTES + prefix + code)
        const received = readDirection(bytes)
        expect(received).toEqual(frame)
        const opened = openDirection(segments, received.coding, received.payload)
        expect(decodeAll(opened, values.length)).toEqual(decodeAll(coded, values.length))
      }),
    )
  })

  test('carry scalars as float32', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e30, max: 1e30, noNaN: true }), { maxLength: 20 }), uint32, (list, phone) => {
        const bytes = writeScalars({ round: 1, sequence: 0, phone, lossMean: 0.7, values: Float64Array.from(list) })
        expect(bytes.byteLength).toBe(scalarsFrameBytes(list.length))
        const values = Float64Array.from(list, Math.fround)
        expect(readScalars(bytes)).toEqual({ round: 1, sequence: 0, phone, lossMean: Math.fround(0.7), values })
      }),
    )
  })

  test('let a diverged phone report NaN, but refuse a finite value that would become infinite', () => {
    const frame = { round: 1, sequence: 0, phone: 0, lossMean: NaN }
    expect(readScalars(writeScalars({ ...frame, values: Float64Array.of(NaN) })).values).toEqual(Float64Array.of(NaN))
    expect(() => writeScalars({ ...frame, values: Float64Array.of(1e39) })).toThrow('does not fit into float32')
  })

  test('carry an update with its learning rate exact', () => {
    const terms = [...alongBasis([1.5, -2]), ...seeded(4294967294, 4294967295, [0.25])]
    const frame = { round: 7, sequence: 8, learningRate: 0.1, anchor: 'stays', terms } as const
    expect(readUpdate(writeUpdate(frame))).toEqual(frame)
  })

  test('are refused as another kind, or with a payload that announces more or less than it has', () => {
    const scalars = writeScalars({ round: 1, sequence: 0, phone: 0, lossMean: 1, values: new Float64Array(2) })
    expect(() => readUpdate(scalars)).toThrow('a frame of kind scalars; expected update')
    const { payload } = readFrame(scalars)
    const forged = (bytes: Uint8Array) => writeFrame({ kind: 'scalars', round: 1, sequence: 0, payload: bytes })
    expect(() => readScalars(forged(payload.slice(0, -1)))).toThrow(FrameError)
    expect(() => readScalars(forged(Uint8Array.of(...payload, 0)))).toThrow('1 bytes too many')
    const huge = payload.slice()
    huge.fill(0xff, 8, 12)
    expect(() => readScalars(forged(huge))).toThrow('4294967295 entries announced')
  })
})
