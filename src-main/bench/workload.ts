/** The work of every bench: a checkpoint and a batch of random tokens. Time and memory depend on their sizes alone. */
import { Model } from '#main/models/model.ts'
import type { LoraSpec } from '#main/training/adapters/lora.ts'
import type { Example } from '#main/training/batch.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

interface WorkloadBatch {
  readonly sequences: number
  readonly tokens: number
  /** The vocabulary's size; token ids are drawn below it. */
  readonly vocabulary: number
}

/** Plain JSON, so that it can be handed to another process. */
export interface Workload {
  /** Absolute path of a Hugging Face directory. */
  readonly checkpoint: string
  readonly batch: WorkloadBatch
  readonly classes: number
  readonly padId: number
  readonly seed: number
}

/** The adapter of the scenarios' default: rank 8 on query and value. */
export const LORA: LoraSpec = { kind: 'lora', rank: 8, alpha: 16, targets: ['query', 'value'] }

/** @param tokens wanted; as many as the model has positions at most @throws InputError if the checkpoint can't be read */
export function workloadOn(checkpoint: string, sequences: number, tokens: number, seed = 1): Workload {
  using model = new Model(checkpoint, seed)
  const { vocabularySize, maxPositions, labelCount, padTokenId } = model.config
  const batch = { sequences, tokens: Math.min(tokens, maxPositions), vocabulary: vocabularySize }
  const stored = model.has(`${model.architecture.classifier.name}.weight`) ? labelCount : null
  return { checkpoint, batch, classes: stored ?? 4, padId: padTokenId ?? 0, seed }
}

/** Draws rows without padding. */
export function rowsOf({ sequences, tokens, vocabulary }: WorkloadBatch, classes: number, seed: number): Example[] {
  const stream = new Stream(deriveKey(seed, 'bench rows'))
  return Array.from({ length: sequences }, (_, row) => ({
    ids: Int32Array.from({ length: tokens }, () => stream.below(vocabulary)),
    label: row % classes,
  }))
}
