/** A trainable tensor before it has its place in the flat vector. */
import type { WeightSpec } from '#main/models/architectures/architecture.ts'

export interface ParameterSpec {
  /** Name in the checkpoint. */
  readonly name: string
  /** Name of the graph input that takes it, as [copies, ...shape]. */
  readonly input: string
  /** The block it belongs to; the number of blocks for the head. */
  readonly layer: number
  readonly shape: readonly number[]
  /** The checkpoint's weight, named as `Model.read` takes it, whose values it starts from. */
  readonly stored?: WeightSpec
  /** Without one, or where the checkpoint lacks it, the standard deviation of its starting values; 0 starts at zero. */
  readonly deviation: number
}
