/** A text file as checked UTF-8 bytes, and its lines. Bytes rather than one string: V8 strings end below 512 MiB. */
import { statSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { readRegular } from './regular-file.ts'
import { asUtf8 } from './encodings.ts'
import { type FileKind, kindOfFile, refuseKind } from './file-kinds.ts'
import { unpacked } from './unpack.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

interface TextLine {
  readonly text: string
  /** The line number, from 1. */
  readonly line: number
}

interface TextOptions {
  /** @default UTF-8, or what a byte order mark says */
  readonly encoding?: string | undefined
  /** Words the advice for a file of another kind. @default what `FileKind` advises for tables */
  readonly wayOut?: (kind: FileKind) => string
}

const TABLE = 'a table as csv, tsv, json, jsonl, parquet or arrow'
const asTable = ({ advice }: FileKind): string => advice ?? TABLE

/**
 * The text of `path` as UTF-8 bytes without a byte order mark, unpacked if it is compressed.
 * @throws InputError if it can't be read, is too large, empty, or not text in its encoding
 */
export function readTextBytes(path: string, maximumBytes: number, { encoding, wayOut = asTable }: TextOptions = {}): Buffer {
  const file = unpacked(readWithin(path, maximumBytes), path, maximumBytes)
  refuseKind(file, path, wayOut)
  const bytes = withLineFeeds(asUtf8(file, path, encoding))
  if (bytes.length === 0) throw new InputError(path, 'an empty file', 'rows with a text and a label')
  return bytes
}

/** Replaces carriage returns that end lines alone, as on early Macs, with line feeds. */
function withLineFeeds(bytes: Buffer): Buffer {
  if (bytes.includes(LINE_FEED) || !bytes.includes(CARRIAGE_RETURN)) return bytes
  const copy = Buffer.from(bytes)
  for (let at = copy.indexOf(CARRIAGE_RETURN); at >= 0; at = copy.indexOf(CARRIAGE_RETURN, at + 1)) copy[at] = LINE_FEED
  return copy
}

/** The bytes of `path` as they are. @throws InputError if it can't be read, is too large or of a kind that is known to be another */
export function readBinaryBytes(path: string, maximumBytes: number, format: 'parquet' | 'arrow'): Buffer {
  const bytes = unpacked(readWithin(path, maximumBytes), path, maximumBytes)
  if (kindOfFile(bytes)?.id !== format) refuseKind(bytes, path, asTable)
  return bytes
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
    return readRegular(path, 'a file of examples')
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
