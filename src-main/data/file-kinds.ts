/** Recognises files that can't be read here by their first bytes, names their kind, and says how to turn them into one that can be read. */
import { closeSync, fstatSync, readSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { openRegular } from './regular-file.ts'

export interface FileKind {
  readonly id: 'pickle' | 'torch' | 'parquet' | 'arrow' | 'safetensors' | 'pointer' | 'other'
  /** The name as it follows "a file that is ...". */
  readonly name: string
  /** The advice on what to give instead; null where the reader knows better. */
  readonly advice: string | null
}

const LOOKED_AT_BYTES = 2 ** 16
const LEAST_PROTOCOL = 2
const MOST_PROTOCOL = 5

const CLONED = 'the file itself: `git lfs pull`, or download it again'
const TABLE = 'the table saved as parquet, csv or jsonl'
const UNPACKED = 'the files in it, unpacked'
const PYTHON = 'what is in it, saved by Python as parquet, csv or jsonl: a pickle may run code, so none is opened here'

/** Beginnings made of letters alone may also begin a text, so they only count before a NUL byte. */
const BEGINNINGS: readonly (readonly [begins: string, name: string, advice: string | null, id?: FileKind['id']])[] = [
  ['version https://git-lfs.github.com/spec/', 'a pointer of Git LFS in place of the file', CLONED, 'pointer'],
  ['\x93NUMPY', 'an array of NumPy (npy)', TABLE],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file', TABLE],
  ['SQLite format 3\0', 'an SQLite database', TABLE],
  ['GGUF', 'a GGUF file of llama.cpp', null],
  ['PAR1', 'a parquet file', 'the extension .parquet, or "format": "parquet"', 'parquet'],
  ['ARROW1', 'an Arrow file', 'the extension .arrow, or "format": "arrow"', 'arrow'],
  ['FEA1', 'a Feather file of version 1', TABLE],
  ['ORC', 'an ORC file', TABLE],
  ['Obj\x01', 'an Avro file', TABLE],
  ['%PDF-', 'a PDF', TABLE],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'a workbook of Excel (xls)', TABLE],
  ['7z\xbc\xaf\x27\x1c', 'an archive of 7-Zip', UNPACKED],
  ['Rar!\x1a\x07', 'an archive of RAR', UNPACKED],
]

/** The kinds of zip archives, recognised by the names inside. */
const IN_ZIP: readonly (readonly [inside: RegExp, kind: FileKind])[] = [
  [/(^|\/)data\.pkl/m, { id: 'torch', name: 'a checkpoint of PyTorch (pickled)', advice: null }],
  [/\.npy/, { id: 'other', name: 'arrays of NumPy (npz)', advice: TABLE }],
  [/xl\/(workbook|worksheets)/, { id: 'other', name: 'a workbook of Excel (xlsx)', advice: TABLE }],
  [/word\/document/, { id: 'other', name: 'a document of Word', advice: TABLE }],
  [/application\/vnd\.oasis/, { id: 'other', name: 'a file of LibreOffice', advice: TABLE }],
]

/** @param bytes the whole file, or its first and last ones put together @returns null for what may be a text, or a kind that nothing tells */
export function kindOfFile(bytes: Uint8Array): FileKind | null {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const first = all.toString('latin1', 0, LOOKED_AT_BYTES)
  const known = BEGINNINGS.find(([begins]) => first.startsWith(begins) && (!/^[A-Z1]+$/.test(begins) || first.includes('\0')))
  if (known) return { id: known[3] ?? 'other', name: known[1], advice: known[2] }
  if (isPickle(all, first)) return { id: 'pickle', name: 'a pickled object of Python', advice: PYTHON }
  if (first.startsWith('PK\x03\x04')) {
    const names = first + all.toString('latin1', Math.max(0, all.length - LOOKED_AT_BYTES))
    return IN_ZIP.find(([inside]) => inside.test(names))?.[1] ?? { id: 'other', name: 'a zip archive', advice: UNPACKED }
  }
  if (first.slice(257, 262) === 'ustar') return { id: 'other', name: 'a tar archive', advice: UNPACKED }
  if (/^\s*<(!doctype html|html)\b/i.test(first))
    return { id: 'other', name: 'a page of the web (HTML)', advice: 'the file itself, downloaded again' }
  if (/^[\s\S]{4}\0\0\0\0\{\s*"/.test(first)) return { id: 'safetensors', name: 'a safetensors file', advice: null }
  return null
}

/** Recognises a pickle of protocol 2 to 5, or of 0 and 1, which begin like texts but end with a full stop that no line feed follows. */
function isPickle(all: Buffer, first: string): boolean {
  if (all.at(-1) !== 0x2e) return false
  if (all[0] === 0x80) return all[1]! >= LEAST_PROTOCOL && all[1]! <= MOST_PROTOCOL
  return /^(\([dl]p\d+\n|c[a-zA-Z_][\w.]*\n\w+\n|[\]}]q\0)/.test(first)
}

/** The kind of a file, by its two ends; null also for what can't be read. */
export function kindAt(path: string): FileKind | null {
  let descriptor: number | undefined
  try {
    descriptor = openRegular(path, 'a file')
    const { size } = fstatSync(descriptor)
    const length = Math.min(size, LOOKED_AT_BYTES)
    const ends = Buffer.alloc(2 * length)
    readSync(descriptor, ends, 0, length, 0)
    readSync(descriptor, ends, length, length, size - length)
    return kindOfFile(ends)
  } catch {
    return null
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** @param wayOut words what to give instead @throws InputError if the file is of a kind that is not read here */
export function refuseKindAt(path: string, wayOut: (kind: FileKind) => string): void {
  const kind = kindAt(path)
  if (kind) throw new InputError(path, kind.name, wayOut(kind))
}

/** @param wayOut words what to give instead @throws InputError if `bytes` are of a kind that is not read here */
export function refuseKind(bytes: Uint8Array, path: string, wayOut: (kind: FileKind) => string): void {
  const kind = kindOfFile(bytes)
  if (kind) throw new InputError(path, kind.name, wayOut(kind))
}
