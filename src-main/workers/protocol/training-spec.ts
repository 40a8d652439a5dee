/** The specifications that a worker needs to load its model and rows. */
import type { AdapterSpec } from '#main/training/adapters/block-adapter.ts'
import type { FullSpec } from '#main/training/full-parameters/open-full.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { FrozenWeights } from '#main/models/precision.ts'
import type { BatchForm } from '#main/training/batch.ts'
import type { PackedExamples } from '#main/training/packed-examples.ts'
import type { ReplicaSpec } from '#main/training/replica.ts'

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
  /** Rows of the smallest batch of all phones that its process may play: fewer rows leave room for more points at once. @default its own */
  readonly smallestBatch?: number
  /** The way of learning: derivatives from losses at two points, or by forward-mode differentiation; or whole gradients. */
  readonly probe: 'two-point' | 'jvp' | 'backprop'
  /** The step of the two points. */
  readonly probeSize: number
  /** The most bytes of the phone's whole process, so that its sweeps stay below it. @default nothing is short */
  readonly capBytes?: number
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
