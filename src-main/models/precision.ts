/// <reference lib="esnext.float16" />
/**
 * The forms of frozen matrices: float32; float16, rounded to the nearest; int8 with a scale per row, w = scale q with q in -127..127 and
 * scale = max |w| / 127, so that an element is off by half a scale at most. Vectors stay float32: they are few, and products add to them.
 */
import type { WeightForm } from '#main/engine/onnx/graph.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { DType } from './safetensors/format.ts'

export const MOST_LEVELS = 127

/** A matrix as it is stored and fed: float16 as its bits. `scales` [rows] has a place for int8 alone, and is empty otherwise. */
export interface NarrowMatrix {
  readonly values: Uint16Array | Int8Array
  readonly scales: Float32Array
}

/** The form in which phones hold the frozen matrices, and the file that has them in it. */
export interface FrozenWeights {
  readonly form: WeightForm
  /** Read in place of the checkpoint's own weights; null where those are in the form already. */
  readonly file: string | null
}

/** As the checkpoint has them, widened. */
export const WIDE: FrozenWeights = { form: 'fp32', file: null }

export const STORED_AS = { fp32: 'F32', fp16: 'F16', int8: 'I8' } as const satisfies Record<WeightForm, DType>

/** Whether a weight is held in a narrow form where one is asked for. */
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
export function roundTo(form: WeightForm, floats: Float32Array, columns: number, where: string): void {
  if (form === 'fp32') return
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
    // A subnormal scale is so coarse that the largest quotient can pass the last level.
    for (let i = start; i < start + columns; i++) out[i] = Math.max(-MOST_LEVELS, Math.min(MOST_LEVELS, Math.round(floats[i]! * inverse)))
  }
}
