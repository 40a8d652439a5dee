/**
 * The calls that the host may make of a worker process. Every message that would cross a phone's link crosses here as the bytes it would be there.
 */
import type { SavedState, StateVector } from '#main/training/replica.ts'
import type { Guidance, GuideOptions } from './cloud-guidance.ts'
import type { ProbeReport } from './probe-report.ts'
import type { ProbeRequest } from './probe-request.ts'
import type { TrainRequest } from './train-request.ts'
import type { CloudSpec, PhoneSpec } from './training-spec.ts'

/** The calls that bring a fresh replica into the state of another one: its vectors in parts, then the rest. */
export interface Restoring {
  restorePart(name: StateVector, offset: number, part: Float32Array): void
  /** @returns the digest of its parameters */
  restore(rest: Pick<SavedState, 'steps' | 'last'>): string
}

export interface PhoneCommands extends Restoring {
  /** Loads the model. @returns the digest of the starting parameters */
  open(spec: PhoneSpec): Promise<string>
  /** Plays another phone of the same fleet from now on, of the same cap; the replica stays as it is. */
  become(phone: Pick<PhoneSpec, 'phone' | 'examples'>): void
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
