/** What the host may ask of a worker process. Every message that would cross a phone's link crosses here as the bytes it would be there. */
import type { LoraSpec } from '#main/training/adapters/lora.ts'
import type { ReplicaSpec } from '#main/training/replica.ts'

/** Token rows end to end, as they travel and as they are kept. */
export interface PackedExamples {
  readonly ids: Int32Array
  /** Start of every row in `ids`, and one more for the end. */
  readonly starts: Int32Array
  readonly labels: Int32Array
}

export interface TrainingSpec {
  readonly checkpoint: string
  readonly seed: number
  readonly classes: number
  readonly padId: number
  readonly adapter: LoraSpec
  readonly replica: ReplicaSpec
}

export interface PhoneSpec extends TrainingSpec {
  /** Index in the fleet, part of the keys of its random directions and batches. */
  readonly phone: number
  readonly examples: PackedExamples
  readonly batchSize: number
  /** How directional derivatives are measured: from losses at two points, or by forward-mode differentiation. */
  readonly probe: 'two-point' | 'jvp'
  /** Step of the two points. */
  readonly probeSize: number
}

export interface ProbeRequest {
  readonly round: number
  /** Probe along the basis of the pool. */
  readonly guided: boolean
  /** Random directions of this phone alone. */
  readonly random: number
  /** Random directions that all phones share. */
  readonly shared: number
  /** Take the random directions' part in the guided subspace away. */
  readonly project: boolean
}

export interface ProbeReport {
  /** A scalars frame, with values as `derivatives.ts` packs them. */
  readonly frame: Uint8Array
  /**
   * Forward passes made: two per direction. Of a forward-mode sweep, its floating-point operations over those of one pass, in 64ths so
   * that sums of them are exact.
   */
  readonly forwardPasses: number
  /** The batch as it was computed, padding included: what a pass costs. */
  readonly sequences: number
  readonly tokens: number
}

export interface PhoneCommands {
  /** Loads the model. @returns the digest of the starting parameters */
  open(spec: PhoneSpec): Promise<string>
  receive(direction: Uint8Array): void
  probe(request: ProbeRequest): Promise<ProbeReport>
  /** @returns the digest of the parameters after the update */
  apply(update: Uint8Array): string
}

export interface CloudSpec extends TrainingSpec {
  /** Public examples. */
  readonly examples: PackedExamples
  readonly test: PackedExamples
  readonly batchSize: number
  readonly errorFeedback: boolean
}

export interface Guidance {
  /** One coded direction per class present in the batch. */
  readonly frames: readonly Uint8Array[]
  /** Code bytes of each layer over all frames; the head is the last entry. */
  readonly layerBytes: readonly number[]
  /** Squared norm of each layer's gradient, summed over classes. */
  readonly layerSquaredNorms: readonly number[]
  /** Mean loss on the public batch. */
  readonly loss: number
  /** Token rows computed, padding included. */
  readonly batches: readonly { readonly sequences: number; readonly tokens: number }[]
}

export interface Evaluation {
  readonly accuracy: number
  readonly loss: number
  readonly rows: number
}

export interface CloudCommands {
  open(spec: CloudSpec): Promise<{ digest: string; parameters: number; layers: number; fresh: readonly string[] }>
  /** Class-wise gradients on a public batch, coded with `bits` per layer, also taken into the cloud's own pool. */
  guide(round: number, bits: readonly number[]): Promise<Guidance>
  /** One backpropagation step on a public batch, for training without phones. @returns an update frame's digest */
  step(round: number, learningRate: number): Promise<{ digest: string; loss: number; batches: Guidance['batches'] }>
  receive(direction: Uint8Array): void
  apply(update: Uint8Array): string
  evaluate(): Promise<Evaluation>
}

/** What a worker tells the host unasked. */
export interface WorkerNotices {
  /** Loaded and idle, before any command. */
  ready(): void
  /** What it is doing from now on, in words that follow "while". */
  doing(what: string): void
}

export function packExamples(rows: readonly { readonly ids: Int32Array; readonly label: number }[]): PackedExamples {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach(({ ids }, i) => (starts[i + 1] = starts[i]! + ids.length))
  const ids = new Int32Array(starts[rows.length]!)
  rows.forEach((row, i) => ids.set(row.ids, starts[i]!))
  return { ids, starts, labels: Int32Array.from(rows, ({ label }) => label) }
}

export function exampleAt({ ids, starts, labels }: PackedExamples, row: number): { ids: Int32Array; label: number } {
  return { ids: ids.subarray(starts[row]!, starts[row + 1]!), label: labels[row]! }
}
