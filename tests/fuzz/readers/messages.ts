/** Frames between cloud and phones, and calls of windows. */
import { decode, encode } from '@msgpack/msgpack'
import { type Coding, codeDirection, decodeAll, openDirection } from '#main/wire/coded-direction.ts'
import type { Term } from '#main/wire/direction.ts'
import { readDirection, writeDirection } from '#main/wire/direction-frame.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { FRAME_KINDS, readFrame, writeFrame } from '#main/wire/frame.ts'
import { readMaskKeys, readMasked, writeMaskKeys, writeMasked } from '#main/wire/masked-frames.ts'
import { readScalars, writeScalars } from '#main/wire/scalars-frame.ts'
import { readUpdate, writeUpdate } from '#main/wire/update-frame.ts'
import { readCall } from '../../../src-shared/api/call-message.ts'
import { fromForeignBytes } from '../../../src-shared/api/wire.ts'
import { InputError } from '../../../src-shared/errors/input-error.ts'
import { mutatedBytes, mutatedValue, oddText, oddValue, pick } from '../mutate.ts'
import type { FuzzedReader } from '../reader.ts'

const SEGMENTS = [
  { offset: 0, rows: 2, columns: 8 },
  { offset: 16, rows: 1, columns: 5 },
]
const VALUES = Float32Array.from({ length: 21 }, (_, i) => Math.sin(i))

const TERMS: Term[] = [
  { direction: { kind: 'basis', index: 0, layerwise: true }, coefficient: 1 },
  { direction: { kind: 'seeded', owner: 2, round: 7, candidates: 3, index: 0, projected: true }, coefficient: 2 },
  { direction: { kind: 'from-set', index: 4000 }, coefficient: 3 },
]

function coded(coding: Coding): Uint8Array {
  const { payload } = codeDirection(VALUES, SEGMENTS, coding)
  return writeDirection({ round: 1, sequence: 2, label: 0, firstSegment: 0, products: [1, 2], coding, payload })
}

/** With the payload changed and the frame sealed again, so that no checksum keeps what is wrong from being read. */
export const frame: FuzzedReader = {
  seeds: () => [
    coded({ kind: 'uniform', bits: [4, 8] }),
    coded({ kind: 'top-k', kept: [3, 2] }),
    writeScalars({ round: 1, sequence: 1, phone: 1, lossMean: 0.5, values: Float64Array.of(1, 2, 3) }),
    writeUpdate({ round: 1, sequence: 1, learningRate: 0.1, anchor: 'moves', terms: TERMS }),
    writeMasked({ round: 1, phone: 0, values: BigUint64Array.of(1n, 2n) }),
    writeMaskKeys({ round: 1, phone: 0, keys: [{ lost: 1, key: new Uint8Array(32) }] }),
  ],
  mutate(input, stream) {
    let content
    try {
      content = readFrame(input)
    } catch {
      return mutatedBytes(input, stream)
    }
    if (stream.below(8) === 0) return mutatedBytes(input, stream)
    const kind = stream.below(10) === 0 ? pick(FRAME_KINDS, stream) : content.kind
    return writeFrame({ ...content, kind, payload: mutatedBytes(content.payload, stream) })
  },
  read(input) {
    const { kind } = readFrame(input)
    switch (kind) {
      case 'direction': {
        const { coding, payload } = readDirection(input)
        decodeAll(openDirection(SEGMENTS, coding, payload), VALUES.length)
        return
      }
      case 'scalars':
        readScalars(input)
        return
      case 'update':
        readUpdate(input)
        return
      case 'masked':
        readMasked(input)
        return
      case 'mask-keys':
        readMaskKeys(input)
    }
  },
  refuses: (error) => error instanceof FrameError,
}

const CALLS = [
  {
    t: 'q',
    m: 'start',
    i: 'a',
    a: [{ name: 'x', seed: 1, model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet: [{ profile: 'pixel-4' }] }],
  },
  { t: 'q', m: 'tune', i: 'b', a: ['session', [0, 1], { gflops: 2 }] },
  { t: 'q', m: 'describeSession', i: 'c', a: ['session', { tags: ['a', 'b'], notes: 'x' }] },
  { t: 'q', m: 'events', i: 'd', a: ['session', 0, 10] },
  { t: 'q', m: 'importSession', i: 'e', a: [new Uint8Array(20)] },
  { t: 'q', m: 'importSession', i: 'e', a: [new Uint8Array(20)], s: true },
  { t: 'c', i: 'e' },
  { t: 'q', m: 'compare', i: 'f', a: [['x', 'y']] },
  { t: 'q', m: 'remove', a: [['x']] },
  { t: 'q', m: 'check', i: 'g', a: [{ model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet: [] }] },
  { t: 'q', m: 'open', i: 'h', a: ['session', 5] },
  { t: 'q', m: 'schedule', i: 'i', a: ['session', 3, 'layerwise'] },
  { t: 'q', m: 'sessions', i: 'j', a: ['ag news'] },
  ...['describe', 'running', 'importing'].map((m) => ({ t: 'q', m, i: m, a: [] })),
  ...['resume', 'pause', 'proceed', 'step', 'stop', 'exportSession'].map((m) => ({ t: 'q', m, i: m, a: ['session'] })),
]

export const rpc: FuzzedReader = {
  seeds: () => CALLS.map((call) => encode(call)),
  mutate(input, stream) {
    if (stream.below(3) === 0) return mutatedBytes(input, stream)
    let value: unknown
    try {
      value = decode(input)
    } catch {
      return mutatedBytes(input, stream)
    }
    const changed = stream.below(20) === 0 ? oddValue(stream) : mutatedValue(value, stream)
    if (stream.below(10) === 0 && typeof changed === 'object' && changed !== null)
      Object.assign(changed, { [oddText(stream)]: oddValue(stream) })
    try {
      return encode(changed, { maxDepth: 10_000, forceIntegerToFloat: stream.below(4) === 0 })
    } catch {
      return mutatedBytes(input, stream)
    }
  },
  read(input) {
    let message: unknown
    try {
      message = fromForeignBytes(input)
    } catch (error) {
      // Bytes that are no message end the connection.
      if (error instanceof RangeError || (error as Error).name === 'DecodeError')
        throw new InputError('message', (error as Error).message, 'a message')
      throw error
    }
    const call = readCall(message)
    if ('refused' in call) throw call.refused
  },
}
