/** A trainable tensor before it has its place in the flat vector. */
import type { WeightSpec } from '#main/models/architectures/architecture.ts'

export interface ParameterSpec {
  /** The name in the checkpoint. */
  readonly name: string
  /** The name of the graph input that takes the tensor, as [copies, ...shape]. */
  readonly input: string
  /** The block that the tensor belongs to; the number of blocks for the head. */
  readonly layer: number
  readonly shape: readonly number[]
  /** The checkpoint's weight, named as `Model.read` takes it, whose values the tensor starts from. */
  readonly stored?: WeightSpec
  /** The standard deviation of its starting values where no stored weight gives them; 0 starts at zero. */
  readonly deviation: number
}
