/** What a checkpoint says of some texts, computed without any of the lab's own code. */
import { type Config, Read } from './config.ts'
import { classifyDecoder, decode, nextWordLosses } from './decoders.ts'
import { classifyEncoder, encode, maskedScores } from './encoders.ts'
import { type Tensors, Weights, total } from './matrix.ts'
import { isDecoder } from './shapes.ts'

export interface Text {
  readonly ids: readonly number[]
  /** Which of two texts each token belongs to. */
  readonly types: readonly number[]
}

export interface Outcome {
  /** Of every text, one after another. */
  readonly logits: number[]
  /** Scores of `words` for the token at `at`, or the summed losses of the next words of each text; none where a model has no such head. */
  readonly words: number[]
}

export function outcomeOf(config: Config, tensors: Tensors, texts: readonly Text[], at: number, words: readonly number[]): Outcome {
  const read = new Read(config)
  const weights = new Weights(tensors)
  const logits: number[] = []
  const scores: number[] = []
  for (const { ids, types } of texts) {
    if (isDecoder(read)) {
      const states = decode(read, weights, ids)
      logits.push(...classifyDecoder(read, weights, states, ids))
      scores.push(total(nextWordLosses(read, weights, states, ids)))
    } else {
      const states = encode(read, weights, ids, types)
      logits.push(...classifyEncoder(read, weights, states))
      if (read.type !== 'deberta-v2') scores.push(...maskedScores(read, weights, states, at, words))
    }
  }
  return { logits, words: scores }
}
