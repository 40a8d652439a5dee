/**
 * The vocabulary of the safetensors format (huggingface.co/docs/safetensors): element types, what describes a tensor, and the
 * reading interface that one file and a sharded checkpoint share.
 */
import type { Widen } from './widen-in-place.ts'

export const BYTES_PER_ELEMENT = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const

export type DType = keyof typeof BYTES_PER_ELEMENT

export interface TensorInfo {
  readonly dtype: DType
  /** Row-major dimensions; empty for a scalar. */
  readonly shape: readonly number[]
  /** The offset of the first element, in bytes from the start of its file. */
  readonly byteOffset: number
  readonly byteLength: number
}

/** Named tensors on disk, read by ranges into memory the caller owns. */
export interface TensorSource extends Disposable {
  readonly tensors: ReadonlyMap<string, TensorInfo>

  /** Fills `out` with the tensor's bytes as stored, from element `elementOffset` on; `elementCount` elements, or as many as fill `out`. */
  readInto(name: string, out: Uint8Array | Float32Array, elementOffset?: number, elementCount?: number): void

  /**
   * Fills `out` with `out.length` elements from `elementOffset` on as float32; F32, F16 and BF16 tensors, and I8 rows that have scales.
   * No other memory is taken, but for the scales.
   * @param widen does it for what isn't F32 @default in JavaScript
   */
  readFloats(name: string, out: Float32Array, elementOffset?: number, widen?: Widen): void

  close(): void
}

/** Names the tensor with the scales of an int8 matrix: element [r, c] is scale[r] times the stored integer. */
export function scaleName(name: string): string {
  return `${name}.scale`
}

/** Returns the description of an int8 matrix's scales, one float32 per row, or null if it has none. */
export function scaleOf(tensors: ReadonlyMap<string, TensorInfo>, name: string): TensorInfo | null {
  const scale = tensors.get(scaleName(name))
  const shape = tensors.get(name)?.shape
  return scale?.dtype === 'F32' && shape?.length === 2 && scale.shape.length === 1 && scale.shape[0] === shape[0] ? scale : null
}

/** Elements of `shape`, or null where a dimension or the product is not a safe non-negative integer. */
export function elementCountOf(shape: readonly unknown[]): number | null {
  let count = 1
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || (size as number) < 0) return null
    count *= size as number
    if (count > Number.MAX_SAFE_INTEGER) return null
  }
  return count
}
