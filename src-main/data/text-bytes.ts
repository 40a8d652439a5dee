/** A UTF-8 text file as checked bytes, and its lines. Bytes rather than one string: V8 strings end below 512 MiB. */
import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

export interface TextLine {
  readonly text: string
  /** 1-based. */
  readonly line: number
}

/** The bytes of `path` without a byte order mark. @throws InputError if it can't be read, is too large, empty or not UTF-8 text */
export function readTextBytes(path: string, maximumBytes: number): Buffer {
  const file = readWithin(path, maximumBytes)
  const bytes = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf ? file.subarray(3) : file
  if (bytes.length === 0) throw new InputError(path, 'an empty file', 'rows with a text and a label')
  if (!isUtf8(bytes)) {
    throw new InputError(`${path}:${lineNotUtf8(bytes)}`, 'bytes that are not UTF-8', 'a file saved as UTF-8')
  }
  // UTF-16 without a byte order mark is valid UTF-8 full of NULs.
  const nul = bytes.indexOf(0)
  if (nul >= 0) {
    throw new InputError(`${path}:${lineAt(bytes, nul)}`, 'a NUL byte (a binary or UTF-16 file?)', 'a text file saved as UTF-8')
  }
  return bytes
}

/** The bytes of `path` as they are. @throws InputError if it can't be read or is too large */
export function readBinaryBytes(path: string, maximumBytes: number): Buffer {
  return readWithin(path, maximumBytes)
}

/** Lines of UTF-8 text without their LF or CRLF; empty lines at the end are left out. */
export function* textLines(bytes: Uint8Array): Generator<TextLine> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = endOfText(buffer)
  for (let start = 0, line = 1; start < end; line++) {
    const feed = buffer.indexOf(LINE_FEED, start)
    const next = feed < 0 || feed >= end ? end : feed
    const stop = next > start && buffer[next - 1] === CARRIAGE_RETURN ? next - 1 : next
    yield { text: buffer.toString('utf8', start, stop), line }
    start = next + 1
  }
}

function readWithin(path: string, maximumBytes: number): Buffer {
  try {
    const status = statSync(path)
    if (status.isDirectory()) throw new InputError(path, 'a directory', 'a file of examples')
    if (!status.isFile()) throw new InputError(path, 'not a regular file', 'a file of examples')
    if (status.size > maximumBytes) {
      throw new InputError(path, `a file of ${mebibytes(status.size)} MiB`, `at most ${mebibytes(maximumBytes)} MiB (split or sample it)`)
    }
    return readFileSync(path)
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error && 'code' in error)) throw error
    throw new InputError(path, reason(error.code, error.message), 'a file of examples that can be read', { cause: error })
  }
}

function reason(code: unknown, message: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read the file'
  return `a file that can't be read (${message})`
}

function mebibytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toLocaleString('en', { maximumFractionDigits: 1, useGrouping: false })
}

function endOfText(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === LINE_FEED || bytes[end - 1] === CARRIAGE_RETURN)) end--
  return end
}

/** A line feed is never inside a UTF-8 sequence, so a file is UTF-8 exactly if each of its lines is. */
function lineNotUtf8(bytes: Buffer): number {
  for (let start = 0, line = 1; ; line++) {
    const feed = bytes.indexOf(LINE_FEED, start)
    if (feed < 0 || !isUtf8(bytes.subarray(start, feed))) return line
    start = feed + 1
  }
}

function lineAt(bytes: Buffer, offset: number): number {
  let line = 1
  for (let feed = bytes.indexOf(LINE_FEED); feed >= 0 && feed < offset; feed = bytes.indexOf(LINE_FEED, feed + 1)) line++
  return line
}
