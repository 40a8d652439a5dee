/** Text files in other encodings than UTF-8: which one a file looks like, and its text as UTF-8. */
import { isUtf8 } from 'node:buffer'
import { InputError } from '#shared/errors/input-error.ts'

/** Names that Python and spreadsheets use and that the platform's decoder doesn't know, without hyphens and underscores. */
const ALIASES: readonly (readonly [name: RegExp, encoding: string])[] = [
  [/^utf8(sig|bom)?$/, 'utf-8'],
  [/^utf16(le)?$/, 'utf-16le'],
  [/^utf16be$/, 'utf-16be'],
  [/^(?:iso)?8859(\d+)$/, 'iso-8859-$1'],
  [/^latin(\d)$/, 'latin$1'],
  [/^(?:cp|win|windows)(125\d)$/, 'windows-$1'],
  [/^(cp932|mskanji|shiftjis|sjis|windows31j)$/, 'shift_jis'],
  [/^(cp936|gbk|gb2312)$/, 'gbk'],
  [/^(cp949|uhc|euckr)$/, 'euc-kr'],
  [/^(cp950|big5)$/, 'big5'],
  [/^eucjp$/, 'euc-jp'],
  [/^koi8(r|u)$/, 'koi8-$1'],
  [/^(macroman|macintosh|mac)$/, 'macintosh'],
]

const CHUNK_BYTES = 2 ** 22
const LOOKED_AT_BYTES = 2 ** 18
const EXAMPLES = 'a name such as utf-8, utf-16le, windows-1252, iso-8859-1, windows-1251, shift_jis, gb18030 or euc-kr'

/** The decoder's own name of an encoding, or null for one that it doesn't know. */
export function encodingName(name: string): string | null {
  const plain = name.trim().toLowerCase()
  const compact = plain.replaceAll(/[-_ ]/g, '')
  const alias = ALIASES.find(([known]) => known.test(compact))
  for (const label of [...(alias ? [compact.replace(...alias)] : []), plain]) {
    try {
      return new TextDecoder(label).encoding
    } catch {
      // The next spelling of the name may be known.
    }
  }
  return null
}

type Mark = { readonly encoding: string; readonly length: number }

/** Reads the encoding from a byte order mark at the beginning. */
function byteOrderMark(bytes: Uint8Array): Mark | null {
  const begins = (...mark: number[]): boolean => mark.every((byte, i) => bytes[i] === byte)
  if (begins(0xef, 0xbb, 0xbf)) return { encoding: 'utf-8', length: 3 }
  if (begins(0xff, 0xfe, 0, 0)) return { encoding: 'utf-32le', length: 4 }
  if (begins(0, 0, 0xfe, 0xff)) return { encoding: 'utf-32be', length: 4 }
  if (begins(0xff, 0xfe)) return { encoding: 'utf-16le', length: 2 }
  if (begins(0xfe, 0xff)) return { encoding: 'utf-16be', length: 2 }
  return null
}

/**
 * The text of a file as UTF-8 without a byte order mark.
 * @param asked encoding that the user named @throws InputError for an unknown encoding, or bytes that are not in it
 */
export function asUtf8(bytes: Buffer, path: string, asked: string | undefined): Buffer {
  const mark = byteOrderMark(bytes)
  const named = asked === undefined ? null : encodingName(asked)
  if (asked !== undefined && named === null) throw new InputError(path, `the unknown encoding "${asked}"`, EXAMPLES)
  if (mark?.encoding.startsWith('utf-32')) throw new InputError(path, 'a byte order mark of UTF-32', 'a file saved as UTF-8 or UTF-16')
  const anyUtf16 = asked !== undefined && /^utf[-_]?16$/i.test(asked.trim())
  if (mark && named !== null && named !== mark.encoding && !(anyUtf16 && mark.encoding.startsWith('utf-16'))) {
    throw new InputError(path, `a byte order mark of ${mark.encoding.toUpperCase()}`, `that encoding, not ${named}`)
  }
  const encoding = mark?.encoding ?? named ?? 'utf-8'
  const content = bytes.subarray(mark?.length ?? 0)
  return encoding === 'utf-8' ? checkedUtf8(content, path) : decoded(content, path, encoding)
}

function checkedUtf8(bytes: Buffer, path: string): Buffer {
  if (!isUtf8(bytes)) {
    const line = lineNotUtf8(bytes)
    const guess = looksLike(bytes)
    const found = guess.mixed
      ? 'bytes that are not UTF-8, in a file that otherwise is'
      : guess.encoding === null
        ? 'bytes that are not UTF-8'
        : `bytes that are not UTF-8; the file looks like ${shownName(guess.encoding)}`
    throw new InputError(`${path}:${line}`, found, guess.mixed ? 'a file saved as UTF-8 throughout' : wayOut(guess.encoding))
  }
  const nul = bytes.indexOf(0)
  if (nul < 0) return bytes
  // UTF-16 without a byte order mark is often valid UTF-8 full of NULs.
  const wide = wideEncoding(bytes)
  const found = wide === null ? 'a NUL byte (a binary file?)' : `a NUL byte; the file looks like ${shownName(wide)}`
  throw new InputError(`${path}:${lineAt(bytes, nul)}`, found, wide === null ? 'a text file saved as UTF-8' : wayOut(wide))
}

function decoded(bytes: Buffer, path: string, encoding: string): Buffer {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const parts: Buffer[] = []
  const add = (text: string): void => {
    parts.push(Buffer.from(text, 'utf8'))
  }
  try {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) add(decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true }))
    add(decoder.decode())
  } catch (cause) {
    const where = `${path}:${parts.reduce((lines, part) => lines + lineFeeds(part), 1)}`
    throw new InputError(where, `bytes that are not ${shownName(encoding)}`, wayOut(looksLike(bytes).encoding), { cause })
  }
  const text = Buffer.concat(parts)
  const nul = text.indexOf(0)
  if (nul >= 0)
    throw new InputError(`${path}:${lineAt(text, nul)}`, `a NUL character in ${shownName(encoding)}`, wayOut(looksLike(bytes).encoding))
  return text
}

function wayOut(encoding: string | null): string {
  return encoding === null
    ? 'a file saved as UTF-8, or its encoding (--encoding, or "encoding" in a scenario)'
    : `a file saved as UTF-8, or --encoding ${encoding} ("encoding" in a scenario)`
}

function shownName(encoding: string): string {
  return /^(utf|iso|euc|koi|gb)/.test(encoding) ? encoding.toUpperCase() : encoding.replace(/^windows/, 'Windows')
}

/** The encoding that text without valid UTF-8 is most likely in. `mixed`: UTF-8 but for a few bytes. */
function looksLike(bytes: Uint8Array): { encoding: string | null; mixed: boolean } {
  const wide = wideEncoding(bytes)
  if (wide !== null) return { encoding: wide, mixed: false }
  const { sequences, strays } = utf8Sequences(bytes)
  if (sequences > 3 * strays) return { encoding: null, mixed: true }
  const looked = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LOOKED_AT_BYTES))
  let [high, alone] = [0, 0]
  for (const [i, byte] of looked.entries()) {
    if (byte < 0x80) continue
    high++
    if ((looked[i - 1] ?? 0) < 0x80 && (looked[i + 1] ?? 0) < 0x80) alone++
  }
  // Accents and typographic quotes stand among ASCII letters; letters of other scripts stand together.
  if (high === 0 || alone >= high / 2) return { encoding: 'windows-1252', mixed: false }
  return { encoding: scriptOf(looked), mixed: false }
}

/** UTF-16 by its zero bytes: every other one, where most characters are ASCII. */
function wideEncoding(bytes: Uint8Array): string | null {
  const zeros = [0, 0]
  const looked = Math.min(bytes.length, LOOKED_AT_BYTES)
  for (let i = 0; i < looked; i++) if (bytes[i] === 0) zeros[i % 2]!++
  const pairs = looked / 2
  if (zeros[1]! > 0.3 * pairs && zeros[0]! < 0.05 * pairs) return 'utf-16le'
  if (zeros[0]! > 0.3 * pairs && zeros[1]! < 0.05 * pairs) return 'utf-16be'
  return null
}

function utf8Sequences(bytes: Uint8Array): { sequences: number; strays: number } {
  let [sequences, strays] = [0, 0]
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte < 0x80) continue
    const more = byte >= 0xf0 && byte < 0xf5 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0
    const whole = more > 0 && byte < 0xf5 && Array.from({ length: more }).every((_, k) => (bytes[i + 1 + k]! & 0xc0) === 0x80)
    if (whole) [sequences, i] = [sequences + 1, i + more]
    else strays++
  }
  return { sequences, strays }
}

/** Encodings of other scripts, with the characters that running text in them mostly has. */
const SCRIPTS: readonly (readonly [encoding: string, usual: RegExp])[] = [
  ['shift_jis', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['euc-jp', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['euc-kr', /\p{Script=Hangul}/gu],
  ['gb18030', /[\u4e00-\u9fa5\u3001\u3002\uff0c\uff01\uff1f]/gu],
  ['windows-1251', /[\u0430-\u044f]/gu],
  ['koi8-r', /[\u0430-\u044f]/gu],
  ['windows-1253', /[\u03ac-\u03ce]/gu],
]
const OTHER_THAN_ASCII = /[^\0-\x7f]/gu
const USUAL_SHARE = 0.35

function scriptOf(bytes: Uint8Array): string | null {
  let best: { encoding: string | null; share: number } = { encoding: null, share: USUAL_SHARE }
  for (const [encoding, usual] of SCRIPTS) {
    let text: string
    try {
      // The part that was looked at may end inside a character.
      text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
    } catch {
      continue
    }
    const others = text.match(OTHER_THAN_ASCII)?.length ?? 0
    const share = others === 0 ? 0 : (text.match(usual)?.length ?? 0) / others
    if (share > best.share) best = { encoding, share }
  }
  return best.encoding
}

/** A line feed is never inside a UTF-8 sequence, so a file is UTF-8 exactly if each of its lines is. */
function lineNotUtf8(bytes: Buffer): number {
  for (let start = 0, line = 1; ; line++) {
    const feed = bytes.indexOf(10, start)
    if (feed < 0 || !isUtf8(bytes.subarray(start, feed))) return line
    start = feed + 1
  }
}

function lineAt(bytes: Buffer, offset: number): number {
  return 1 + lineFeeds(bytes.subarray(0, offset))
}

function lineFeeds(bytes: Buffer): number {
  let lines = 0
  for (let feed = bytes.indexOf(10); feed >= 0; feed = bytes.indexOf(10, feed + 1)) lines++
  return lines
}
