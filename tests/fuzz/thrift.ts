/** Numbers of Thrift's compact protocol, in which parquet describes itself: where they are, so that one can be replaced by a shorter or longer one. */
import type { Stream } from '../../src-shared/random/counter.ts'
import { pick } from './mutate.ts'

interface Span {
  readonly start: number
  readonly end: number
}

const Kind = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, struct: 12 } as const

/** Numbers at which counts, lengths and offsets end. */
const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  63n,
  64n,
  127n,
  128n,
  1000n,
  2n ** 20n,
  2n ** 30n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 62n,
  2n ** 64n - 1n,
]

/** Numbers of one struct and all in it, as far as it can be read. @param from its first byte */
export function numbersIn(bytes: Uint8Array, from: number): Span[] {
  const found: Span[] = []
  let at = from
  const byte = (): number => {
    if (at >= bytes.length) throw new RangeError('at the end')
    return bytes[at++]!
  }
  const varint = (): number => {
    const start = at
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const part = byte()
      value += (part & 0x7f) * 2 ** shift
      if (!(part & 0x80)) break
    }
    found.push({ start, end: at })
    return value
  }
  const element = (kind: number): void => {
    switch (kind) {
      case Kind.byte:
        byte()
        return
      case Kind.i16:
      case Kind.i32:
      case Kind.i64:
        varint()
        return
      case Kind.double:
        at += 8
        return
      case Kind.binary: {
        const length = varint()
        at += length
        return
      }
      case Kind.list: {
        const head = byte()
        const length = head >> 4 === 15 ? varint() : head >> 4
        for (let i = 0; i < length; i++) element((head & 15) === Kind.true || (head & 15) === Kind.false ? Kind.byte : head & 15)
        return
      }
      case Kind.struct:
        struct()
        return
      default:
        throw new RangeError('no kind of parquet')
    }
  }
  const struct = (): void => {
    for (let head = byte(); (head & 15) !== 0; head = byte()) {
      if (head >> 4 === 0) varint()
      if ((head & 15) !== Kind.true && (head & 15) !== Kind.false) element(head & 15)
    }
  }
  try {
    struct()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return found
}

/** One number replaced. @param from first byte of the struct whose numbers may be */
export function otherNumber(bytes: Uint8Array, from: number, stream: Stream): Uint8Array {
  const spans = numbersIn(bytes, from)
  if (spans.length === 0) return bytes
  const { start, end } = pick(spans, stream)
  return Buffer.concat([bytes.subarray(0, start), varintOf(pick(NUMBERS, stream)), bytes.subarray(end)])
}

function varintOf(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let left = value; ; left >>= 7n) {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0))
    if (left <= 0x7fn) return Uint8Array.from(bytes)
  }
}
