/**
 * The file format of a shared session: a magic number, the length of a table, the table as JSON, and then the parts, of which the table has names,
 * lengths and SHA-256. Parts are data only and have names, not paths. The reader trusts nothing in the file: lengths are checked against the file
 * before memory is taken, and a part must not inflate to more than the table says, nor than the limits here.
 */
import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { formatBytes } from '#shared/units/bytes.ts'

const MAGIC = Buffer.from('COOPERLAB 1\n', 'latin1')
const TABLE_BYTES = 16 * 2 ** 20
const PARTS = 100_000
/** The most bytes of one part in memory. */
export const PART_BYTES = 256 * 2 ** 20
/** The most bytes of all parts together, uncompressed: export compresses about twenty to one, so a small file may hold many. */
const WHOLE_BYTES = 2 ** 30
const SMALL_WHOLE_BYTES = 2 ** 26
const MOST_PACKED = 100
const FILE = 'a session that export has written'

const table = v.strictObject({
  parts: v.pipe(
    v.array(
      v.strictObject({
        name: v.pipe(v.string(), v.regex(/^[a-z]+$/)),
        /** The length of the part in the file. */
        bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
        /** The length of the part before it was compressed. */
        whole: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(PART_BYTES)),
        sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      }),
    ),
    v.maxLength(PARTS),
  ),
})

export interface SharePart {
  readonly name: string
  readonly content: Uint8Array
  /** The share of the file up to the end of this part; absent if it wasn't read from a file. */
  readonly done?: number
}

export function packParts(parts: Iterable<SharePart>): Uint8Array {
  const packed = [...parts].map(({ name, content }) => {
    const compressed = deflateRawSync(content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    return { entry: { name, bytes: compressed.length, whole: content.length, sha256 }, compressed }
  })
  const text = Buffer.from(JSON.stringify({ parts: packed.map(({ entry }) => entry) }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([MAGIC, length, text, ...packed.map(({ compressed }) => compressed)])
}

/** Unpacks one part at a time. @param where names the file in errors @throws InputError at the first fault in the file */
export function* unpackParts(file: Uint8Array, where: string): Iterable<SharePart> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const refuse = (found: string, cause?: unknown): InputError => new InputError(where, found, `${FILE} (nothing was imported)`, { cause })
  const start = MAGIC.length + 4
  if (bytes.length < start || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw refuse('a file that is no shared session')
  const length = bytes.readUInt32LE(MAGIC.length)
  if (length > Math.min(TABLE_BYTES, bytes.length - start)) throw refuse('a file that is cut short')
  const parts = readTable(bytes.subarray(start, start + length), refuse)
  const expected = parts.reduce((sum, part) => sum + part.bytes, start + length)
  if (expected !== bytes.length) throw refuse(`${bytes.length} bytes where its table tells of ${expected}`)
  const whole = parts.reduce((sum, part) => sum + part.whole, 0)
  const most = Math.min(WHOLE_BYTES, SMALL_WHOLE_BYTES + MOST_PACKED * bytes.length)
  if (whole > most) throw refuse(`${formatBytes(bytes.length)} that would become ${formatBytes(whole)}, more than ${formatBytes(most)}`)
  let position = start + length
  for (const part of parts) {
    const content = readPart(bytes.subarray(position, position + part.bytes), part, refuse)
    position += part.bytes
    yield { name: part.name, content, done: position / bytes.length }
  }
}

type Refuse = (found: string, cause?: unknown) => InputError
type Entry = v.InferOutput<typeof table>['parts'][number]

function readTable(text: Uint8Array, refuse: Refuse): readonly Entry[] {
  try {
    const parsed = v.safeParse(table, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)), { abortEarly: true })
    if (parsed.success) return parsed.output.parts
  } catch (error) {
    throw refuse('a file whose table is no JSON', error)
  }
  throw refuse('a file whose table is no table of parts')
}

function readPart(compressed: Uint8Array, { name, whole, sha256 }: Entry, refuse: Refuse): Uint8Array {
  let content: Uint8Array
  try {
    content = inflateRawSync(compressed, { maxOutputLength: Math.max(1, whole) })
  } catch (error) {
    throw refuse(`a part "${name}" that is damaged`, error)
  }
  if (content.length !== whole || createHash('sha256').update(content).digest('hex') !== sha256) {
    throw refuse(`a part "${name}" whose checksum is wrong`)
  }
  return content
}
