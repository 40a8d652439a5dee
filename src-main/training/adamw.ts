/** AdamW (Loshchilov and Hutter 2019) on tensors that lie in one arena. */
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'

const BETA1 = 0.9
const BETA2 = 0.98
const EPSILON = 1e-8

export interface AdamTensor {
  readonly value: Float32Array
  readonly gradient: Float32Array
  readonly firstMoment: Float32Array
  readonly secondMoment: Float32Array
  /** True if weight decay applies: it does to matrices, not to biases and normalisations. */
  readonly decays: boolean
}

/** Returns the bytes of an arena that training a tensor of `size` elements takes. */
export function trainedBytes(size: number): number {
  return 4 * Arena.sizeOf(4 * size)
}

/** Allocates a tensor of `shape` in the arena, whose value is still to be written. */
export function trainedTensor(arena: Arena, shape: readonly number[]): AdamTensor {
  const floats = (): Float32Array => arena.floats(elementCount(shape))
  return { value: floats(), gradient: floats(), firstMoment: floats(), secondMoment: floats(), decays: shape.length > 1 }
}

export class AdamW {
  private readonly tensors: readonly AdamTensor[]
  private readonly arena: Arena
  private readonly kernels: Kernels
  private readonly weightDecay: number
  private steps = 0

  constructor(tensors: readonly AdamTensor[], arena: Arena, kernels: Kernels, weightDecay: number) {
    this.tensors = tensors
    this.arena = arena
    this.kernels = kernels
    this.weightDecay = weightDecay
  }

  /** Takes one step along the gradients, clipped to a norm of `clip`, and leaves the gradients at zero. @returns their norm before */
  step(learningRate: number, clip: number): number {
    this.steps++
    const at = (view: Float32Array): number => this.arena.offsetOf(view)
    const norm = Math.sqrt(this.tensors.reduce((sum, { gradient }) => sum + this.kernels.squaredNorm(at(gradient), gradient.length), 0))
    for (const { value, gradient, firstMoment, secondMoment, decays } of this.tensors) {
      const n = value.length
      if (norm > clip) this.kernels.scale(at(gradient), n, clip / norm)
      if (decays) this.kernels.scale(at(value), n, 1 - learningRate * this.weightDecay)
      this.kernels.adam(
        at(value),
        at(firstMoment),
        at(secondMoment),
        at(gradient),
        n,
        learningRate,
        BETA1,
        BETA2,
        EPSILON,
        1 - BETA1 ** this.steps,
        1 - BETA2 ** this.steps,
      )
      gradient.fill(0)
    }
    return norm
  }
}
