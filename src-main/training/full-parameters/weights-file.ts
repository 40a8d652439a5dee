/**
 * A file that holds theta after some round: safetensors, so that it is a checkpoint too, with the round and a digest in its header. It
 * is never changed but replaced as a whole: the next one is written beside it, made durable and renamed over it, so a crash at any
 * moment leaves the one or the other.
 */
import { type Hash, createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { orInputError, readFully, writeFully } from '#main/machine/positioned-io.ts'
import { openSafetensors } from '#main/models/safetensors/read.ts'
import { type Entries, encodeHeader, syncDirectory } from '#main/models/safetensors/write.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { WeightLayout } from './weight-layout.ts'

/** The number of elements that are read, changed and written at once, which take 1 MiB. */
export const SLICE = 2 ** 18

const WRITABLE = 'a folder with room for the weights of every phone'

export class WeightsFile implements Disposable {
  readonly path: string
  /** The last round whose update the file holds; 0 for the starting weights. */
  readonly round: number
  /** SHA-256 of theta as float32, hexadecimal. */
  readonly digest: string
  private readonly layout: WeightLayout
  private readonly dataStart: number
  private descriptor: number | null

  /** @throws InputError if the file doesn't hold weights of this layout */
  constructor(path: string, layout: WeightLayout) {
    this.path = path
    this.layout = layout
    using file = openSafetensors(path)
    const [first] = layout.parameters
    this.dataStart = file.tensors.get(first!.name)?.byteOffset ?? 0
    const agrees = layout.parameters.every(({ name, offset, shape }) => {
      const found = file.tensors.get(name)
      return found?.dtype === 'F32' && found.byteOffset === this.dataStart + 4 * offset && found.shape.join() === shape.join()
    })
    this.round = Number(file.metadata.get('round') ?? NaN)
    this.digest = file.metadata.get('sha256') ?? ''
    if (!agrees || !Number.isSafeInteger(this.round)) throw new InputError(path, 'other weights', 'the weights of this session')
    this.descriptor = orInputError(path, 'a file that can be read', () => openSync(path, 'r'))
  }

  /** Fills `out` with theta from element `offset` on. */
  read(offset: number, out: Float32Array): void {
    if (this.descriptor === null) throw new Error(`${this.path} is closed`)
    readFully(this.path, this.descriptor, bytesOf(out), this.dataStart + 4 * offset)
  }

  /** True if theta has the digest that the header says. @param slice the buffer for reading, SLICE elements at most */
  isIntact(slice: Float32Array): boolean {
    const hash = createHash('sha256')
    for (const { offset, size } of slicesOf(this.layout.size, slice.length)) {
      const part = slice.subarray(0, size)
      this.read(offset, part)
      hash.update(bytesOf(part))
    }
    return hash.digest('hex') === this.digest
  }

  [Symbol.dispose](): void {
    if (this.descriptor !== null) closeSync(this.descriptor)
    this.descriptor = null
  }
}

/** Returns the path at which the successor of a file is written. */
export function nextPath(path: string): string {
  return `${path}.next`
}

/**
 * Writes the successor of `path` beside it, whole and durable.
 * @param valuesAt gives theta[offset, offset + size) for each slice in turn; the array may be the same every time
 * @throws InputError where the system refuses, a full disk for instance
 */
export function writeNext(
  path: string,
  layout: WeightLayout,
  round: number,
  valuesAt: (slice: { offset: number; size: number }) => Float32Array,
): void {
  const next = nextPath(path)
  const entries: Entries = new Map(
    layout.parameters.map(({ name, offset, size, shape }) => [
      name,
      { dtype: 'F32', shape, data_offsets: [4 * offset, 4 * (offset + size)] },
    ]),
  )
  const headerWith = (hash: Hash): Uint8Array => encodeHeader(entries, { format: 'pt', round: String(round), sha256: hash.digest('hex') })
  const hash = createHash('sha256')
  const dataStart = headerWith(createHash('sha256')).length
  orInputError(next, WRITABLE, () => {
    const descriptor = openSync(next, 'w')
    try {
      for (const slice of slicesOf(layout.size, SLICE)) {
        const bytes = bytesOf(valuesAt(slice))
        hash.update(bytes)
        writeFully(descriptor, bytes, dataStart + 4 * slice.offset)
      }
      writeFully(descriptor, headerWith(hash), 0)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  })
}

/** Puts what `writeNext` wrote in the place of `path`, which must not be open on Windows. */
export function commitNext(path: string): void {
  orInputError(path, WRITABLE, () => renameSync(nextPath(path), path))
  syncDirectory(dirname(path))
}

function* slicesOf(total: number, most: number): Generator<{ offset: number; size: number }> {
  for (let offset = 0; offset < total; offset += most) yield { offset, size: Math.min(most, total - offset) }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
