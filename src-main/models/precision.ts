/// <reference lib="esnext.float16" />
/**
 * The forms of frozen matrices: float32; float16, rounded to the nearest; int8 with a scale per row, w = scale q with q in -127..127 and
 * scale = max |w| / 127, so that an element is off by half a scale at most; int4 of linear layers with a scale per 32 inputs of an output,
 * w = scale (q - 8) with q in 0..15 and scale = -w_max / 8 for the w_max of largest size, two to a byte, the rest in int8. Vectors stay
 * float32: they are few, and products add to them.
 */
import type { MatrixForm } from '#main/engine/onnx/graph.ts'
import { INT4_BLOCK, packs } from '#main/engine/operators/frozen-weight.ts'
import type { WeightSpec } from './architectures/architecture.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { DType } from './safetensors/format.ts'

export const MOST_LEVELS = 127

/** A matrix as it is stored and fed: float16 as its bits. `scales` has a place for int8 [rows] and int4 [out, in / 32], and is empty otherwise. */
export interface NarrowMatrix {
  readonly values: Uint16Array | Int8Array | Uint8Array
  readonly scales: Float32Array
}

type Linear = NonNullable<WeightSpec['linear']>

/** The form in which phones hold the frozen matrices, and the file that has them in it. */
export interface FrozenWeights {
  readonly form: MatrixForm
  /** Read in place of the checkpoint's own weights; null where those are in the form already. */
  readonly file: string | null
}

/** The weights as the checkpoint has them, widened to float32. */
export const WIDE: FrozenWeights = { form: 'fp32', file: null }

export const STORED_AS = { fp32: 'F32', fp16: 'F16', int8: 'I8', int4: 'U8' } as const satisfies Record<MatrixForm, DType>

/** The form in which a weight is held where `form` is asked for. */
export function formOf({ shape, linear }: Pick<WeightSpec, 'shape' | 'linear'>, form: MatrixForm): MatrixForm {
  if (!isMatrix(shape)) return 'fp32'
  return form === 'int4' && !(linear && packs(linear.inFeatures)) ? 'int8' : form
}

/** Writes a linear layer's matrix in int4, two to a byte and input by input, whichever way round it was stored. @throws InputError for values that are no numbers */
export function packInt4(floats: Float32Array, { inFeatures, inOut }: Linear, { values, scales }: NarrowMatrix, where: string): void {
  const outFeatures = floats.length / inFeatures
  const at = (out: number, input: number): number => floats[inOut ? input * outFeatures + out : out * inFeatures + input]!
  const blocks = inFeatures / INT4_BLOCK
  for (let out = 0; out < outFeatures; out++) {
    for (let block = 0; block < blocks; block++) {
      const first = block * INT4_BLOCK
      let most = 0
      for (let i = first; i < first + INT4_BLOCK; i++) {
        const value = at(out, i)
        if (!(Math.abs(value) < Infinity)) throw new InputError(where, `the value ${value}`, 'finite numbers')
        if (Math.abs(value) > Math.abs(most)) most = value
      }
      const scale = Math.fround(most / -8)
      scales[out * blocks + block] = scale
      const level = (i: number): number => (scale === 0 ? 8 : Math.max(0, Math.min(15, Math.round(at(out, i) / scale) + 8)))
      for (let i = first; i < first + INT4_BLOCK; i += 2) values[(out * inFeatures + i) / 2] = level(i) | (level(i + 1) << 4)
    }
  }
}

/** The inverse of `packInt4`, up to its rounding. */
export function unpackInt4({ values, scales }: NarrowMatrix, { inFeatures, inOut }: Linear, out: Float32Array): void {
  const outFeatures = out.length / inFeatures
  for (let row = 0; row < outFeatures; row++) {
    for (let i = 0; i < inFeatures; i++) {
      const index = row * inFeatures + i
      const level = (values[index >> 1]! >> (4 * (index & 1))) & 15
      out[inOut ? i * outFeatures + row : index] = scales[Math.floor(index / INT4_BLOCK)]! * (level - 8)
    }
  }
}

/** True if a weight is held in a narrow form where one is asked for. */
export function isMatrix(shape: readonly number[]): boolean {
  return shape.length === 2
}

/**
 * Writes the matrix [rows, columns] of `floats` in the form that `out` has.
 * @param where what the matrix is, for messages @throws InputError if it holds a value that the form can't
 */
export function narrow(floats: Float32Array, columns: number, { values, scales }: NarrowMatrix, where: string): void {
  if (values instanceof Int8Array) return quantise(floats, columns, values, scales, where)
  const halves = new Float16Array(values.buffer, values.byteOffset, values.length)
  halves.set(floats)
  const lost = halves.findIndex((half) => !Number.isFinite(half))
  if (lost >= 0) throw new InputError(where, `the value ${floats[lost]}`, 'numbers up to 65504, or another form of the weights')
}

/** Gives every element the value it has in `form`. @throws InputError as `narrow` */
export function roundTo(form: MatrixForm, floats: Float32Array, columns: number, where: string, linear?: Linear): void {
  if (form === 'fp32') return
  if (form === 'int4' && linear && packs(linear.inFeatures)) {
    const packed = { values: new Uint8Array(floats.length / 2), scales: new Float32Array(floats.length / INT4_BLOCK) }
    packInt4(floats, linear, packed, where)
    return unpackInt4(packed, linear, floats)
  }
  const rows = floats.length / columns
  if (form === 'fp16') {
    const values = new Uint16Array(floats.length)
    narrow(floats, columns, { values, scales: new Float32Array(0) }, where)
    floats.set(new Float16Array(values.buffer))
    return
  }
  const [values, scales] = [new Int8Array(floats.length), new Float32Array(rows)]
  quantise(floats, columns, values, scales, where)
  for (let i = 0; i < floats.length; i++) floats[i] = scales[Math.floor(i / columns)]! * values[i]!
}

function quantise(floats: Float32Array, columns: number, out: Int8Array, scales: Float32Array, where: string): void {
  for (let row = 0, start = 0; start < floats.length; row++, start += columns) {
    let most = 0
    for (let i = start; i < start + columns; i++) {
      const size = Math.abs(floats[i]!)
      if (!(size < Infinity)) throw new InputError(where, `the value ${floats[i]}`, 'finite numbers')
      if (size > most) most = size
    }
    const scale = Math.fround(most / MOST_LEVELS)
    scales[row] = scale
    const inverse = scale === 0 ? 0 : 1 / scale
    // A subnormal scale is so coarse that the largest quotient can exceed the last level.
    for (let i = start; i < start + columns; i++) out[i] = Math.max(-MOST_LEVELS, Math.min(MOST_LEVELS, Math.round(floats[i]! * inverse)))
  }
}
