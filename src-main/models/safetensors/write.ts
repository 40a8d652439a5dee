/**
 * Writes a safetensors file whole or not at all: data goes to a temporary file in the same directory as it arrives, the header goes in
 * front, and one rename puts the finished file in place. A generator may reuse one buffer for every tensor it yields.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { partialPath } from '#main/machine/partial-files.ts'
import { BYTES_PER_ELEMENT, elementCountOf } from './format.ts'
import type { DType } from './format.ts'
import { orInputError, readFully, writeFully } from '#main/machine/positioned-io.ts'

export interface TensorToWrite {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** The elements as stored: little-endian bytes, or float32 values where `dtype` is F32. */
  readonly data: Uint8Array | Float32Array
}

/** Names with what describes them, in the order of the data; offsets count from its start. */
export type Entries = Map<string, { dtype: DType; shape: readonly number[]; data_offsets: [number, number] }>

const WRITABLE = 'a file name in a directory that can be written and has room'
const COPY_BYTES = 2 ** 20

/** Replaces `path`. Errors thrown by `tensors` pass through and leave no file behind; a place that can't be written is an InputError. */
export function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, TensorToWrite]>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const temporary = partialPath(path)
  const descriptor = orInputError(path, WRITABLE, () => openSync(temporary, 'wx+'))
  let open = true
  try {
    writeAll(path, descriptor, tensors, metadata)
    orInputError(path, WRITABLE, () => fsyncSync(descriptor))
    closeSync(descriptor)
    open = false
    orInputError(path, WRITABLE, () => renameSync(temporary, path))
  } catch (error) {
    if (open) closeSync(descriptor)
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
}

/** Encodes tensors as the bytes of a whole file. */
export function safetensorsBytes(
  tensors: readonly (readonly [string, TensorToWrite])[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const bytes = tensors.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return Buffer.concat([encodeHeader(layOut(tensors), metadata), ...bytes])
}

function writeAll(
  path: string,
  descriptor: number,
  tensors: Iterable<readonly [string, TensorToWrite]>,
  metadata: Readonly<Record<string, string>>,
): void {
  // With an array the header's size is known and data lands in its final place; otherwise the data is moved behind the header at the end.
  const start = Array.isArray(tensors) ? encodeHeader(layOut(tensors), metadata).length : 0
  const entries: Entries = new Map()
  let position = 0
  for (const [name, tensor] of tensors) {
    position = addEntry(entries, name, tensor, position)
    const { buffer, byteOffset, byteLength } = tensor.data
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    orInputError(path, WRITABLE, () => writeFully(descriptor, bytes, start + position - byteLength))
  }
  const header = encodeHeader(entries, metadata)
  orInputError(path, WRITABLE, () => {
    if (start !== header.length) moveUp(path, descriptor, position, header.length)
    writeFully(descriptor, header, 0)
  })
}

function layOut(tensors: readonly (readonly [string, TensorToWrite])[]): Entries {
  const entries: Entries = new Map()
  let position = 0
  for (const [name, tensor] of tensors) position = addEntry(entries, name, tensor, position)
  return entries
}

/** Adds one tensor at `begin` and returns where the next one begins. */
function addEntry(entries: Entries, name: string, { dtype, shape, data }: TensorToWrite, begin: number): number {
  const count = elementCountOf(shape)
  if (entries.has(name) || name === '__metadata__') throw new Error(`tensor name ${name} is taken`)
  if (count === null || count * BYTES_PER_ELEMENT[dtype] !== data.byteLength) {
    throw new Error(`tensor ${name}: ${data.byteLength} bytes do not make ${dtype} [${shape.join(', ')}]`)
  }
  entries.set(name, { dtype, shape: [...shape], data_offsets: [begin, begin + data.byteLength] })
  return begin + data.byteLength
}

/** Length, JSON text and spaces up to a multiple of 8 bytes, so that the data is aligned for every element type. */
export function encodeHeader(entries: Entries, metadata: Readonly<Record<string, string>>): Uint8Array {
  const front: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : []
  const text = Buffer.from(JSON.stringify(Object.fromEntries([...front, ...entries])))
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ')
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8))
  text.copy(bytes, 8)
  return bytes
}

/** Moves the first `length` bytes of the file up by `distance`, last chunk first so that none is overwritten unread. */
function moveUp(path: string, descriptor: number, length: number, distance: number): void {
  const chunk = new Uint8Array(Math.min(length, COPY_BYTES))
  for (let end = length; end > 0; end -= chunk.length) {
    const begin = Math.max(0, end - chunk.length)
    const part = chunk.subarray(0, end - begin)
    readFully(path, descriptor, part, begin)
    writeFully(descriptor, part, begin + distance)
  }
}

/** Makes the rename itself durable; Windows can't open a directory and does not need it. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  orInputError(directory, 'a directory that keeps what is written', () => {
    const descriptor = openSync(directory, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  })
}
