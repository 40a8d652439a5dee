/** The request of the engine bench to the process that it times. */
import type { NamedCheckpoint } from './checkpoints.ts'

export interface EngineRequest {
  readonly checkpoint: NamedCheckpoint
  /** Little work: shows that the bench runs. */
  readonly quick: boolean
  /** The path of kernels.wasm. */
  readonly kernels: string
  /** Path of the PyTorch peer's program. */
  readonly torchPeer: string
}
