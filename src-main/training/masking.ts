/** Masked language modelling (Devlin et al. 2019): 15 % of the tokens are to be predicted; of these 80 % are masked, 10 % replaced. */
import type { Stream } from '#shared/random/counter.ts'
import type { Batch } from './batch.ts'

const CHOSEN = 0.15
const MASKED = 0.8
const REPLACED = 0.9

export interface MaskedBatch {
  /** The batch with some of its tokens hidden. */
  readonly batch: Batch
  /** Indices of the chosen tokens in the batch's `ids`; at least one. */
  readonly positions: Int32Array
  /** The tokens that the masks replaced. */
  readonly tokens: BigInt64Array
}

/** @param special ids up to and including this one are never chosen @param vocabularySize bound of the replacements */
export function maskTokens(batch: Batch, maskId: number, special: number, vocabularySize: number, stream: Stream): MaskedBatch {
  const candidates = [...batch.ids.keys()].filter((i) => batch.ids[i]! > special)
  const count = Math.max(1, Math.round(CHOSEN * candidates.length))
  const positions = Int32Array.from(stream.shuffle(candidates).slice(0, count)).sort()
  const ids = batch.ids.slice()
  for (const position of positions) {
    const draw = stream.uniform()
    if (draw < MASKED) ids[position] = maskId
    else if (draw < REPLACED) ids[position] = special + 1 + stream.below(vocabularySize - special - 1)
  }
  return { batch: { ...batch, ids }, positions, tokens: BigInt64Array.from(positions, (i) => BigInt(batch.ids[i]!)) }
}
