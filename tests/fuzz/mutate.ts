/** Changes of inputs that keep most of their form, so that what they say is reached and not only how they begin. */
import type { Stream } from '../../src-shared/random/counter.ts'

export function pick<T>(items: readonly T[], stream: Stream): T {
  return items[stream.below(items.length)]!
}

/** Numbers at which something ends: of bytes, words, exact integers, floats and times. */
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  1e15,
  1e21,
  1e100,
  1e308,
  -(2 ** 31),
  -(2 ** 53),
  0.1,
  -0.5,
  1e-7,
  1e-300,
  5e-324,
  8.64e15,
  8.64e15 + 1,
]
const NUMBER_WORDS = [
  '-1',
  '1e999',
  '-1e999',
  '9007199254740993',
  'NaN',
  'inf',
  '1e-300',
  '0x10',
  '1_000',
  '007',
  '',
  '+5',
  '1e5',
  '٣',
  '1.',
  '.5',
]
const LETTERS = [
  '',
  ' ',
  'a',
  '\0',
  '\n',
  '\r\n',
  '\t',
  '"',
  "'",
  ',',
  '\\',
  '\u001b[31m',
  '\ufeff',
  '\u2028',
  '\ud800',
  '\udfff',
  'é',
  'e\u0301',
  '😀',
  '__proto__',
  'constructor',
  'toString',
  '$number',
  '../../x',
  '%s',
  '${x}',
  '-',
  '*',
  '&a',
  '!!js',
  '<b>',
]

export function oddText(stream: Stream): string {
  const text = Array.from({ length: 1 + stream.below(4) }, () => pick(LETTERS, stream)).join('')
  return stream.below(50) === 0 ? text.repeat(1 + stream.below(20_000)) : text
}

/** Any JSON value: mostly of the wrong kind. */
export function oddValue(stream: Stream): unknown {
  switch (stream.below(9)) {
    case 0:
    case 1:
    case 2:
      return pick(NUMBERS, stream)
    case 3:
    case 4:
      return oddText(stream)
    case 5:
      return pick([null, true, false], stream)
    case 6:
      return pick<unknown>([[], {}, [[]], [{}], { kind: 'x' }, [null], [0, 'a', null]], stream)
    case 7:
      return nested(1 + stream.below(stream.below(10) === 0 ? 5000 : 40))
    default:
      return Array.from({ length: stream.below(stream.below(10) === 0 ? 2000 : 40) }, () => 1)
  }
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value }
  return value
}

interface Place {
  readonly holder: Record<string, unknown> | unknown[]
  readonly key: string
}

/** A JSON value with one to three of its values, keys or elements replaced, dropped, doubled or moved. The value itself is changed. */
export function mutatedValue(value: unknown, stream: Stream): unknown {
  const root = { value }
  for (let changes = 1 + stream.below(3); changes > 0; changes--) changeOne(root, stream)
  return root.value
}

/** A copy; null in place of what is too deep to be copied. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return null
  }
}

function changeOne(root: { value: unknown }, stream: Stream): void {
  const places = placesIn(root)
  if (places.length === 0) return
  const { holder, key } = pick(places, stream)
  const at = holder as Record<string, unknown>
  // Elements of typed arrays are numbers and stay.
  if (ArrayBuffer.isView(holder)) return
  switch (stream.below(8)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete at[key]
      return
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, copyOf(holder[Number(key)]))
      else define(at, oddText(stream), at[key])
      return
    case 2:
      // The value of another place.
      define(at, key, copyOf((pick(places, stream).holder as Record<string, unknown>)[pick(places, stream).key] ?? null))
      return
    case 3:
      if (typeof at[key] === 'number') define(at, key, (at[key] as number) + pick([1, -1, 0.5, 1e9], stream))
      else if (typeof at[key] === 'string') define(at, key, mutatedText(at[key] as string, stream))
      else define(at, key, oddValue(stream))
      return
    default:
      define(at, key, oddValue(stream))
  }
}

/** As own property, also where its name is `__proto__`. */
function define(holder: Record<string, unknown>, key: string, value: unknown): void {
  if (key === 'length' && Array.isArray(holder)) return
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Places of a value, of at most so many. */
const MOST_PLACES = 5000

function placesIn(root: object): Place[] {
  const places: Place[] = []
  const waiting: object[] = [root]
  while (waiting.length > 0 && places.length < MOST_PLACES) {
    const holder = waiting.pop() as Record<string, unknown>
    for (const key of Object.keys(holder)) {
      places.push({ holder, key })
      const inner = holder[key]
      if (typeof inner === 'object' && inner !== null) waiting.push(inner)
    }
  }
  return places
}

/** A text with a piece dropped, doubled, moved or replaced. */
export function mutatedText(text: string, stream: Stream): string {
  const at = stream.below(text.length + 1)
  const end = Math.min(text.length, at + 1 + stream.below(40))
  switch (stream.below(8)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(end)
    case 2:
      return text.slice(0, end) + text.slice(at)
    case 3: {
      const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)]
      const number = numbers[stream.below(Math.max(1, numbers.length))]
      return number === undefined
        ? text + oddText(stream)
        : text.slice(0, number.index) + pick(NUMBER_WORDS, stream) + text.slice(number.index + number[0].length)
    }
    case 4: {
      const lines = text.split('\n')
      const line = stream.below(lines.length)
      if (stream.below(2) === 0) lines.splice(line, 1)
      else lines.splice(line, 0, ...Array.from({ length: 1 + stream.below(5) }, () => pick(lines, stream)))
      return lines.join('\n')
    }
    case 5:
      return (
        text.slice(0, at) +
        pick(['[', '{', '(', '"', '{"a":', '- ', '- - - ', '  '], stream).repeat(1 + stream.below(stream.below(10) === 0 ? 20_000 : 50)) +
        text.slice(at)
      )
    case 6:
      return text.replaceAll('\n', pick(['\r\n', '\r', '\n\n', ' '], stream))
    default:
      return text.slice(0, at) + oddText(stream) + text.slice(at)
  }
}

/** As bytes: now and then in another encoding, or none. */
export function encodedText(text: string, stream: Stream): Uint8Array {
  switch (stream.below(24)) {
    case 0:
      return Buffer.from(text, 'utf16le')
    case 1:
      return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
    case 2:
      return Buffer.from(text, 'latin1')
    case 3:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])
    case 4:
      return mutatedBytes(Buffer.from(text), stream)
    default:
      return Buffer.from(text)
  }
}

/** Bytes with a field overwritten, or a piece dropped, doubled, moved or filled. @param from the first that is changed @default 0 */
export function mutatedBytes(bytes: Uint8Array, stream: Stream, from = 0): Uint8Array {
  const copy = Buffer.from(bytes)
  const room = copy.length - from
  if (room <= 0) return Buffer.from([stream.below(256)])
  const at = from + stream.below(room)
  const length = Math.min(copy.length - at, 1 + stream.below(stream.below(4) === 0 ? 400 : 16))
  switch (stream.below(8)) {
    case 0:
      return copy.subarray(0, at)
    case 1:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)])
    case 2:
      return Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)])
    case 3: {
      const size = pick([1, 2, 4, 8], stream)
      const field = Buffer.alloc(8)
      field.writeBigInt64LE(
        pick([0n, 1n, -1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 62n, BigInt(copy.length), BigInt(copy.length + 1)], stream),
      )
      field.copy(copy, at, 0, Math.min(size, copy.length - at))
      return copy
    }
    case 4:
      copy.fill(pick([0, 0xff, 0x80, 0x7f], stream), at, at + length)
      return copy
    case 5:
      for (let i = 0; i < 1 + stream.below(8); i++) copy[from + stream.below(room)]! ^= 1 << stream.below(8)
      return copy
    case 6: {
      const source = from + stream.below(room)
      copy.copy(copy, at, source, Math.min(copy.length, source + length))
      return copy
    }
    default:
      for (let i = 0; i < 1 + stream.below(8); i++) copy[from + stream.below(room)] = stream.below(256)
      return copy
  }
}

/** A text of JSON: its value changed, or the text itself. */
export function mutatedJson(input: Uint8Array, stream: Stream): Uint8Array {
  const text = Buffer.from(input).toString()
  if (stream.below(4) > 0) {
    try {
      return encodedText(JSON.stringify(mutatedValue(JSON.parse(text), stream)) ?? 'null', stream)
    } catch {
      // What was changed before may be none any more, or too deep to be written.
    }
  }
  return encodedText(mutatedText(text, stream), stream)
}
