/**
 * One safetensors file, open for reading: a checked header and ranged reads straight into the caller's memory, so that a layer can be
 * streamed through one buffer. Bytes are little-endian in the file and on every machine Node runs on here.
 */
import { closeSync, fstatSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { openRegular } from '#main/data/regular-file.ts'
import { kindAt } from '#main/data/file-kinds.ts'
import { BYTES_PER_ELEMENT, scaleName, scaleOf } from './format.ts'
import type { TensorInfo, TensorSource } from './format.ts'
import { headerLength, parseHeader } from './header.ts'
import type { Header } from './header.ts'
import { orInputError, readFully } from '#main/machine/positioned-io.ts'
import { type Widen, narrowPart, widenInPlace } from './widen-in-place.ts'

const SAVE_SAFELY = 'a safetensors file, as save_pretrained(DIR, safe_serialization=True) writes it in Python'

/** Opens a safetensors file and checks its header; throws InputError for a file that is missing, cut short or forged. */
export function openSafetensors(path: string): SafetensorsFile {
  const descriptor = openRegularFile(path)
  try {
    return new SafetensorsFile(path, descriptor, readHeader(path, descriptor))
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

export class SafetensorsFile implements TensorSource {
  readonly path: string
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: ReadonlyMap<string, string>
  private descriptor: number | null

  constructor(path: string, descriptor: number, header: Header) {
    this.path = path
    this.descriptor = descriptor
    this.tensors = header.tensors
    this.metadata = header.metadata
  }

  readInto(name: string, out: Uint8Array | Float32Array, elementOffset = 0, elementCount?: number): void {
    const tensor = this.find(name)
    const size = BYTES_PER_ELEMENT[tensor.dtype]
    const count = elementCount ?? out.byteLength / size
    this.checkRange(name, tensor, elementOffset, count)
    if (count * size > out.byteLength) throw new RangeError(`${name}: ${count * size} bytes into a buffer of ${out.byteLength}`)
    this.read(new Uint8Array(out.buffer, out.byteOffset, count * size), tensor.byteOffset + elementOffset * size)
  }

  readFloats(name: string, out: Float32Array, elementOffset = 0, widen: Widen = widenInPlace): void {
    const tensor = this.find(name)
    const { dtype } = tensor
    if (dtype === 'F32') return this.readInto(name, out, elementOffset)
    if (dtype === 'I8' && scaleOf(this.tensors, name)) return this.readScaled(name, out, elementOffset, widen)
    if (dtype !== 'F16' && dtype !== 'BF16') {
      throw new InputError(`${this.path}:${name}`, `dtype ${dtype}`, 'F32, F16, BF16, or I8 rows with their scales')
    }
    this.checkRange(name, tensor, elementOffset, out.length)
    this.read(narrowPart(out, dtype), tensor.byteOffset + 2 * elementOffset)
    widen(out, dtype, 1)
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor)
    this.descriptor = null
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Rows of integers, each times its own scale. */
  private readScaled(name: string, out: Float32Array, elementOffset: number, widen: Widen): void {
    const tensor = this.find(name)
    this.checkRange(name, tensor, elementOffset, out.length)
    const columns = tensor.shape[1]!
    const first = Math.floor(elementOffset / columns)
    const scales = new Float32Array(Math.ceil((elementOffset + out.length) / columns) - first)
    this.readInto(scaleName(name), scales, first)
    scales.forEach((scale, i) => {
      const start = Math.max((first + i) * columns, elementOffset)
      const row = out.subarray(start - elementOffset, (first + i + 1) * columns - elementOffset)
      this.read(narrowPart(row, 'I8'), tensor.byteOffset + start)
      widen(row, 'I8', scale)
    })
  }

  private find(name: string): TensorInfo {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new InputError(this.path, `no tensor ${name}`, 'a checkpoint that has it')
    return tensor
  }

  private checkRange(name: string, tensor: TensorInfo, offset: number, count: number): void {
    const total = tensor.byteLength / BYTES_PER_ELEMENT[tensor.dtype]
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(count) || offset < 0 || count < 0 || offset + count > total) {
      throw new RangeError(`${name}: elements ${offset} to ${offset + count} of ${total}`)
    }
  }

  private read(out: Uint8Array, position: number): void {
    if (this.descriptor === null) throw new Error(`${this.path} is closed`)
    readFully(this.path, this.descriptor, out, position)
  }
}

function readHeader(path: string, descriptor: number): Header {
  const fileBytes = fstatSync(descriptor).size
  if (fileBytes < 8) throw new InputError(path, `a file of ${fileBytes} bytes`, 'a safetensors file')
  const part = (from: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    readFully(path, descriptor, bytes, from)
    return bytes
  }
  try {
    const text = part(8, headerLength(path, part(0, 8), fileBytes))
    const dataStart = 8 + text.length
    return parseHeader(path, text, dataStart, fileBytes - dataStart)
  } catch (error) {
    // A file of another kind under this name is reported by its kind.
    const kind = kindAt(path)
    if (kind === null || kind.id === 'safetensors') throw error
    throw new InputError(path, kind.name, kind.id === 'pointer' ? kind.advice! : SAVE_SAFELY, { cause: error })
  }
}

function openRegularFile(path: string): number {
  const expected = 'a readable safetensors file'
  return orInputError(path, expected, () => openRegular(path, expected))
}
