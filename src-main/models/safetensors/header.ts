/**
 * Parses and checks the header of a safetensors file. Nothing in it is trusted: every number is checked against the size of the file
 * before memory of that size is taken, and the data section must be covered without overlap or hole, as the format demands
 * (a hole would be a place for data that no reader sees, and a file cut short or grown shows as one).
 */
import { InputError } from '#shared/errors/input-error.ts'
import { BYTES_PER_ELEMENT, elementCountOf } from './format.ts'
import type { DType, TensorInfo } from './format.ts'

/** The most bytes of a header, as in the reference implementation. */
export const MAXIMUM_HEADER_BYTES = 100_000_000
const MAXIMUM_DIMENSIONS = 64

export interface Header {
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: ReadonlyMap<string, string>
}

/** Returns the length of the JSON text, read from the first 8 bytes of a file of `fileBytes`. */
export function headerLength(path: string, first: Uint8Array, fileBytes: number): number {
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true)
  const room = Math.min(MAXIMUM_HEADER_BYTES, fileBytes - 8)
  if (length > BigInt(room)) {
    throw new InputError(path, `header length of ${length} bytes`, `a safetensors file; at most ${room} bytes of header fit in this one`)
  }
  return Number(length)
}

/** Checks the JSON text of the header; the data section has `dataBytes` bytes and starts at byte `dataStart` of the file. */
export function parseHeader(path: string, text: Uint8Array, dataStart: number, dataBytes: number): Header {
  const entries = parseObject(path, text)
  const tensors = new Map<string, TensorInfo>()
  let metadata: ReadonlyMap<string, string> = new Map()
  for (const [name, entry] of Object.entries(entries)) {
    if (name === '__metadata__') metadata = parseMetadata(path, entry)
    else tensors.set(name, parseTensor(path, name, entry, dataStart, dataBytes))
  }
  checkCoverage(path, tensors, dataStart, dataBytes)
  return { tensors, metadata }
}

function parseObject(path: string, text: Uint8Array): object {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    throw new InputError(path, 'a header that is not JSON', 'a safetensors file', { cause })
  }
  if (!isObject(value)) throw new InputError(path, 'a header that is not a JSON object', 'a safetensors file')
  return value
}

function parseMetadata(path: string, entry: unknown): ReadonlyMap<string, string> {
  const pairs = isObject(entry) ? Object.entries(entry) : null
  if (!pairs?.every(([, value]) => typeof value === 'string')) {
    throw new InputError(`${path}:__metadata__`, JSON.stringify(entry), 'an object of strings')
  }
  return new Map(pairs as [string, string][])
}

function parseTensor(path: string, name: string, entry: unknown, dataStart: number, dataBytes: number): TensorInfo {
  const where = `${path}:${shorten(name)}`
  if (!isObject(entry)) throw new InputError(where, brief(entry), 'an object with dtype, shape and data_offsets')
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>

  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES_PER_ELEMENT, dtype)) {
    throw new InputError(where, `dtype ${brief(dtype)}`, `one of ${Object.keys(BYTES_PER_ELEMENT).join(', ')}`)
  }
  const count = Array.isArray(shape) && shape.length <= MAXIMUM_DIMENSIONS ? elementCountOf(shape) : null
  if (count === null) throw new InputError(where, `shape ${brief(shape)}`, `up to ${MAXIMUM_DIMENSIONS} whole numbers from 0`)

  const [begin, end] = (Array.isArray(offsets) && offsets.length === 2 ? offsets : []) as unknown[]
  if (!isOffset(begin, dataBytes) || !isOffset(end, dataBytes) || begin > end) {
    throw new InputError(where, `data_offsets ${brief(offsets)}`, `[begin, end] within the ${dataBytes} bytes of data that the file has`)
  }
  const byteLength = count * BYTES_PER_ELEMENT[dtype as DType]
  if (byteLength !== end - begin) {
    throw new InputError(where, `${end - begin} bytes of data`, `${byteLength} bytes for ${dtype} ${brief(shape)}`)
  }
  return { dtype: dtype as DType, shape: shape as number[], byteOffset: dataStart + begin, byteLength }
}

function checkCoverage(path: string, tensors: ReadonlyMap<string, TensorInfo>, dataStart: number, dataBytes: number): void {
  let covered = dataStart
  const inOrder = [...tensors].sort(([, a], [, b]) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength)
  for (const [name, tensor] of inOrder) {
    if (tensor.byteOffset !== covered) {
      const found = tensor.byteOffset < covered ? 'data that overlaps another tensor' : 'a gap before its data'
      throw new InputError(`${path}:${shorten(name)}`, found, 'tensors that follow each other without overlap or gap')
    }
    covered += tensor.byteLength
  }
  if (covered !== dataStart + dataBytes) {
    throw new InputError(path, `${dataStart + dataBytes - covered} bytes after the last tensor`, 'a file that ends with its last tensor')
  }
}

function isOffset(value: unknown, dataBytes: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= dataBytes
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function brief(value: unknown): string {
  return shorten(JSON.stringify(value) ?? 'missing')
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
