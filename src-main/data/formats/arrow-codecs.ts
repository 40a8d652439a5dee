/** The buffers of an Arrow batch as they are unpacked: zstd and LZ4 in frames, which `to_feather` of pandas writes. */
import { zstdDecompressSync } from 'node:zlib'
import { CompressionType, setCompressionCodec } from '@uwdata/flechette'

const PREFIX_BYTES = 8
/** The length of a buffer that packing would have made longer. */
const NOT_PACKED = -1n
const MAGIC = 0x184d2204
const LEAST_MATCH = 4
const MORE = 15
const NOT_COMPRESSED = 0x8000_0000

type Unpack = (bytes: Uint8Array, length: number) => Uint8Array

const CODECS: ReadonlyMap<number, Unpack> = new Map([
  [CompressionType.LZ4_FRAME, unpackLz4],
  [CompressionType.ZSTD, unpackZstd],
])

/** flechette unpacks with these what `unpackedBody` has checked. */
for (const [type, decode] of CODECS) setCompressionCodec(type as never, { decode, encode: (bytes) => bytes })

/** The bytes that the batches of a file may still unpack to; the batches share one limit. */
export interface Unpacked {
  bytesLeft: number
}

/** @param regions offset and length of each buffer @returns all buffers, and where they are now @throws Error for a damaged one */
export function unpackedBody(
  codec: number,
  body: DataView,
  regions: Iterable<readonly number[]>,
  unpacked: Unpacked,
): { body: DataView; regions: number[][] } {
  const unpack = CODECS.get(codec)
  if (!unpack) throw new Error(`buffers packed by a method ${codec}, neither LZ4 nor zstd`)
  const parts: Uint8Array[] = []
  const places: number[][] = []
  let end = 0
  for (const [offset, length] of regions as Iterable<[number, number]>) {
    const part = length === 0 ? new Uint8Array(0) : unpackedBuffer(body, offset, length, unpack, unpacked)
    parts.push(part)
    places.push([end, part.length])
    end += part.length
  }
  const all = new Uint8Array(end)
  for (const [i, part] of parts.entries()) all.set(part, places[i]![0])
  return { body: new DataView(all.buffer), regions: places }
}

function unpackedBuffer(body: DataView, offset: number, length: number, unpack: Unpack, unpacked: Unpacked): Uint8Array {
  if (!(offset >= 0 && length >= PREFIX_BYTES && offset + length <= body.byteLength))
    throw new Error(`a packed buffer of ${length} bytes at ${offset}, in a batch of ${body.byteLength} bytes`)
  const bytes = new Uint8Array(body.buffer, body.byteOffset + offset + PREFIX_BYTES, length - PREFIX_BYTES)
  const size = body.getBigInt64(offset, true)
  if (size === NOT_PACKED) return bytes
  if (size < 0n || size > BigInt(unpacked.bytesLeft)) throw new Error(`a buffer of ${size} bytes when it is unpacked`)
  unpacked.bytesLeft -= Number(size)
  return unpack(bytes, Number(size))
}

function unpackZstd(bytes: Uint8Array, length: number): Uint8Array {
  const plain = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) })
  if (plain.length !== length) throw new Error(`a zstd buffer of ${plain.length} bytes, not the ${length} that it claims`)
  return new Uint8Array(plain)
}

/** Unpacks an LZ4 frame: a header, then blocks that may refer to the content of earlier blocks. */
function unpackLz4(bytes: Uint8Array, length: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const damaged = (what: string): Error => new Error(`damaged LZ4 (${what})`)
  if (view.byteLength < 7 || view.getUint32(0, true) !== MAGIC) throw damaged('no frame')
  const flags = view.getUint8(4)
  if (flags >> 6 !== 1) throw damaged('another version')
  const [blockSums, hasSize, hasDictionary] = [flags & 16, flags & 8, flags & 1]
  if (hasDictionary) throw damaged('a dictionary from elsewhere')
  const out = new Uint8Array(length)
  let filled = 0
  for (let at = 7 + (hasSize ? 8 : 0); ;) {
    if (at + 4 > bytes.length) throw damaged('no end')
    const word = view.getUint32(at, true)
    if (word === 0) break
    const size = word % NOT_COMPRESSED
    const end = at + 4 + size
    if (end > bytes.length) throw damaged('a block cut off')
    const block = bytes.subarray(at + 4, end)
    if (word < NOT_COMPRESSED) filled = unpackBlock(block, out, filled)
    else if (filled + size > length) throw damaged('more than it claims')
    else {
      out.set(block, filled)
      filled += size
    }
    at = end + (blockSums ? 4 : 0)
  }
  if (filled !== length) throw damaged(`${filled} bytes of ${length}`)
  return out
}

/** Sequences of literals and matches. @returns how far `out` is filled */
function unpackBlock(block: Uint8Array, out: Uint8Array, from: number): number {
  let [at, filled] = [0, from]
  const next = (): number => {
    const byte = block[at++]
    if (byte === undefined) throw new Error('damaged LZ4 (a sequence cut off)')
    return byte
  }
  const count = (nibble: number): number => {
    let total = nibble
    for (let more = nibble === MORE ? 255 : 0; more === 255; total += more) more = next()
    return total
  }
  while (at < block.length) {
    const token = next()
    const literals = count(token >> 4)
    if (at + literals > block.length || filled + literals > out.length) throw new Error('damaged LZ4 (literals beyond the end)')
    out.set(block.subarray(at, at + literals), filled)
    at += literals
    filled += literals
    // The last sequence of a block has no match.
    if (at >= block.length) break
    const back = next() + 256 * next()
    const length = count(token & MORE) + LEAST_MATCH
    if (back === 0 || back > filled || filled + length > out.length) throw new Error('damaged LZ4 (a match out of place)')
    // Byte by byte: a match may reach into itself.
    for (let i = 0; i < length; i++, filled++) out[filled] = out[filled - back]!
  }
  return filled
}
