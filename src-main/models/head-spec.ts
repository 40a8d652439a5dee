/** The kinds of head on top of the blocks, which give rows their loss. */
import type { Architecture, LanguageHead, WeightSpec } from './architectures/architecture.ts'
import type { ModelConfig } from './model-config.ts'

/** The scores of some words at one place of a row: classes by the words that name them (Schick and Schuetze 2021). */
interface WordsHead {
  readonly kind: 'words'
  /** Token ids in the order of the classes. */
  readonly ids: readonly number[]
}

/** A head that predicts the next word at every place. */
export interface NextWordHead {
  readonly kind: 'next-word'
}

/** The number of classes, for a classifier. */
export type HeadSpec = number | WordsHead | NextWordHead

/** Logits of a row: classes, or none. */
export function classesOf(head: HeadSpec): number {
  if (typeof head === 'number') return head
  return head.kind === 'words' ? head.ids.length : 0
}

/** Classes whose linear layer is trained beside the adapter. */
export function trainedClasses(head: HeadSpec): number {
  return typeof head === 'number' ? head : 0
}

/** @throws if the architecture has none */
export function languageHeadOf(architecture: Architecture, config: ModelConfig): LanguageHead {
  const head = architecture.languageHead(config)
  if (!head) throw new Error(`${architecture.modelType} has no language-model head here`)
  return head
}

/** The weights between the last block and the classifier or the output matrix. */
export function headWeights(architecture: Architecture, config: ModelConfig, head: HeadSpec): readonly WeightSpec[] {
  return typeof head === 'number' ? architecture.poolerWeights(config) : languageHeadOf(architecture, config).weights
}
