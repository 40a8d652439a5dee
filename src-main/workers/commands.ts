/**
 * The calls that the host may make of a worker process. Every message that would cross a phone's link crosses here as the bytes it would be there.
 */
import type { DirectionRequest } from '#main/wire/direction-request.ts'
import type { AdapterSpec } from '#main/training/adapters/block-adapter.ts'
import type { FullSpec } from '#main/training/full-parameters/open-full.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { FrozenWeights } from '#main/models/precision.ts'
import type { BatchForm, Example } from '#main/training/batch.ts'
import type { ReplicaSpec, SavedState, StateVector } from '#main/training/replica.ts'

/** Token rows end to end, as they travel and as they are kept. */
export interface PackedExamples {
  readonly ids: Int32Array
  /** Start of every row in `ids`, and one more for the end. */
  readonly starts: Int32Array
  readonly labels: Int32Array
  /** Token types, one per id; none where all are 0. */
  readonly types?: Uint8Array
}

export interface TrainingSpec {
  readonly checkpoint: string
  readonly seed: number
  readonly classes: number
  /** The head on top of the blocks. @default a classifier of the classes */
  readonly head?: HeadSpec
  /** The classifier is drawn from the seed even where one is stored. @default false */
  readonly freshHead?: boolean
  readonly padId: number
  /** The token at the end of rows that a classifier passes over. */
  readonly passedId?: number | null
  /** The token that is to be filled in, where rows have one. */
  readonly answerId?: number | null
  readonly adapter: AdapterSpec | FullSpec
  /** @default as the checkpoint has them, in float32 */
  readonly weights?: FrozenWeights
  readonly replica: ReplicaSpec
}

export interface PhoneSpec extends TrainingSpec {
  /** Index in the fleet, part of the keys of its random directions and batches. */
  readonly phone: number
  readonly examples: PackedExamples
  readonly batchSize: number
  /** The way of learning: derivatives from losses at two points, or by forward-mode differentiation; or whole gradients. */
  readonly probe: 'two-point' | 'jvp' | 'backprop'
  /** The step of the two points. */
  readonly probeSize: number
  /** The most bytes of the phone's whole process, so that its sweeps stay below it. @default nothing is short */
  readonly capBytes?: number
}

export interface ProbeRequest {
  readonly round: number
  /** Along what it measures derivatives; what each phone probes alone comes last. */
  readonly directions: readonly DirectionRequest[]
  /** Which of the round's batches it measures on; each is of other rows. @default 0 */
  readonly part?: number
  /**
   * True to send also the curvature of the loss between the directions, of which none are the phone's own, and their covariance over rows.
   * @default false
   */
  readonly curvature?: boolean
  /** The phone moves between parts of the directions. @default it stays */
  readonly local?: LocalSteps
  /** True to send also the amount by which the last update lowered the loss of the rows that are probed now: one forward pass more. @default false */
  readonly review?: boolean
  /** The most directions that the phone probes, chosen at random and weighted up. @default all */
  readonly most?: number
  /** The clipping and noise of what it sends. @default none */
  readonly privacy?: PrivacyRequest
  /** The cohort over which alone the answer's sum can be read. @default the answer is readable by itself */
  readonly mask?: MaskRequest
}

export interface PrivacyRequest {
  /** Length that its values together don't exceed. */
  readonly clip: number
  /** Standard deviation of the noise it adds to each value; 0 where the server adds it to the sum. */
  readonly deviation: number
}

export interface MaskRequest {
  /** The attempt in the round, from 0; masks are never used twice. */
  readonly attempt: number
  /** The phones that mask together, this one among them, each with the weight it gives what it measured. */
  readonly cohort: readonly { readonly phone: number; readonly publicKey: Uint8Array; readonly weight: number }[]
}

export interface LocalSteps {
  readonly steps: number
  readonly learningRate: number
}

/** Steps of backpropagation on the phone. */
export interface TrainRequest extends LocalSteps {
  readonly round: number
  /** Per value of the difference that is sent. */
  readonly bits: number
}

/** A batch as it was computed, padding included, and the forward passes made of it: what they cost. */
export interface WorkedBatch {
  readonly sequences: number
  readonly tokens: number
  /**
   * Two per direction. Of a forward-mode sweep or a backward pass, its floating-point operations over those of one forward pass, in
   * 64ths so that sums of them are exact.
   */
  readonly forwardPasses: number
}

export interface ProbeReport {
  /**
   * A scalars frame, with values as `derivatives.ts` packs them and then the seeds, where the request names how many there are; a masked
   * frame where it asks for masks.
   */
  readonly frame: Uint8Array
  /** After backpropagation, a direction frame with the change; null where a parameter is no number any more. */
  readonly difference?: Uint8Array | null
  /** The work done, one entry per step. */
  readonly batches: readonly WorkedBatch[]
}

/** The calls that bring a fresh replica into the state of another one: its vectors in parts, then the rest. */
export interface Restoring {
  restorePart(name: StateVector, offset: number, part: Float32Array): void
  /** @returns the digest of its parameters */
  restore(rest: Pick<SavedState, 'steps' | 'last'>): string
}

export interface PhoneCommands extends Restoring {
  /** Loads the model. @returns the digest of the starting parameters */
  open(spec: PhoneSpec): Promise<string>
  receive(direction: Uint8Array): void
  probe(request: ProbeRequest): Promise<ProbeReport>
  train(request: TrainRequest): Promise<ProbeReport>
  /** @returns the digest of the parameters after the update */
  apply(update: Uint8Array): string
  /** Returns what others need to agree on masks with this phone. */
  maskKey(): Uint8Array
  /** @returns a mask-keys frame of the round answered last */
  revealMasks(lost: readonly number[]): Uint8Array
}

export interface CloudSpec extends TrainingSpec {
  /** The public examples. */
  readonly examples: PackedExamples
  readonly test: PackedExamples
  readonly batchSize: number
  readonly errorFeedback: boolean
  /** Says if a round's directions are one gradient per class, or one of the whole public batch. */
  readonly directions: 'class' | 'batch'
}

export interface Guidance {
  /** The coded directions: one per class present in the batch, or one in all. */
  readonly frames: readonly Uint8Array[]
  /** Code bytes of each layer over all frames; the head is the last entry. */
  readonly layerBytes: readonly number[]
  /** Squared norm of each layer's gradient, summed over classes. */
  readonly layerSquaredNorms: readonly number[]
  /** The mean loss on the public batch. */
  readonly loss: number
  /** Token rows computed, padding included. */
  readonly batches: readonly { readonly sequences: number; readonly tokens: number }[]
}

export interface GuideOptions {
  /** The share of values, those of largest magnitude, that are sent alone. @default all, with the bits asked for */
  readonly keptShare?: number
  /** True for directions of a later round: the cloud receives them when the phones do. @default false */
  readonly hold?: boolean
}

export interface Evaluation {
  readonly accuracy: number
  readonly loss: number
  readonly rows: number
}

export interface CloudMemory {
  readonly replica: SavedState
  /** The coding errors still owed, by the direction they are of. */
  readonly residuals: readonly (readonly [of: string | number, owed: Float32Array])[]
}

export interface CloudCommands extends Restoring {
  open(spec: CloudSpec): Promise<{ digest: string; parameters: number; layers: number; fresh: readonly string[] }>
  /** Gradients on a public batch, coded with `bits` per layer, also taken into the cloud's own pool. */
  guide(round: number, bits: readonly number[], options?: GuideOptions): Promise<Guidance>
  /** Takes one backpropagation step on a public batch, for training without phones. @returns an update frame's digest */
  step(round: number, learningRate: number): Promise<{ digest: string; loss: number; batches: Guidance['batches'] }>
  receive(direction: Uint8Array): void
  apply(update: Uint8Array): string
  evaluate(): Promise<Evaluation>
  /** @returns null with every weight trained: its state is a file */
  save(): CloudMemory | null
  restoreResiduals(residuals: CloudMemory['residuals']): void
}

/** The notices that a worker sends unasked. */
export interface WorkerNotices {
  /** Loaded and idle, before any command. */
  ready(): void
  /** Tells what the worker is doing from now on, in words that follow "while". */
  doing(what: string): void
}

export function headOf({ head, classes }: Pick<TrainingSpec, 'head' | 'classes'>): HeadSpec {
  return head ?? classes
}

export function batchFormOf({
  padId,
  passedId = null,
  answerId = null,
  head = 1,
}: Pick<TrainingSpec, 'padId' | 'passedId' | 'answerId' | 'head'>): BatchForm {
  if (typeof head === 'number') return { padId, passedId }
  return { padId, answerId, nextWord: typeof head === 'object' && head.kind === 'next-word' }
}

export function packExamples(rows: readonly Example[]): PackedExamples {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach(({ ids }, i) => (starts[i + 1] = starts[i]! + ids.length))
  const ids = new Int32Array(starts[rows.length]!)
  rows.forEach((row, i) => ids.set(row.ids, starts[i]!))
  const packed = { ids, starts, labels: Int32Array.from(rows, ({ label }) => label) }
  if (rows.every(({ types }) => types === undefined)) return packed
  const all = new Uint8Array(ids.length)
  rows.forEach(({ types }, i) => types && all.set(types, starts[i]!))
  return { ...packed, types: all }
}

export function exampleAt({ ids, starts, labels, types }: PackedExamples, row: number): Example {
  const example = { ids: ids.subarray(starts[row]!, starts[row + 1]!), label: labels[row]! }
  return types ? { ...example, types: types.subarray(starts[row]!, starts[row + 1]!) } : example
}
