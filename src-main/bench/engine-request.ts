/** What the engine bench hands to the process that it times. */
import type { NamedCheckpoint } from './checkpoints.ts'

export interface EngineRequest {
  readonly checkpoint: NamedCheckpoint
  /** Little work: shows that the bench runs. */
  readonly quick: boolean
  /** Path of kernels.wasm. */
  readonly kernels: string
  /** Path of the PyTorch peer's program. */
  readonly torchPeer: string
}
