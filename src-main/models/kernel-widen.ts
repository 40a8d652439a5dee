/** Widening by the SIMD kernels, for what lies in their memory: a phone runs its JavaScript unoptimised. */
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import { type Widen, narrowPart, widenInPlace } from './safetensors/widen-in-place.ts'

/** @param scaleSlot one float in the kernels' memory */
export function kernelWiden(kernels: Kernels, scaleSlot: Float32Array): Widen {
  return (out, dtype, scale) => {
    if (out.buffer !== kernels.memory.buffer) return widenInPlace(out, dtype, scale)
    const [to, from] = [out.byteOffset, narrowPart(out, dtype).byteOffset]
    if (dtype === 'F16') kernels.halfToFloat(to, from, out.length)
    else if (dtype === 'BF16') kernels.bfloat16ToFloat(to, from, out.length)
    else {
      scaleSlot[0] = scale
      kernels.int8ToFloat(to, from, 1, out.length, scaleSlot.byteOffset)
    }
  }
}
