/** The embedding part of a model: rows of its tables, read for the tokens of a batch. */
import type { Feeds, GraphSession } from '#main/engine/runtime/session.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'

/** The embedding part's output [N S, H]. */
export async function embed(model: Model, weights: Weights, session: GraphSession, batch: Batch): Promise<Float32Array> {
  return (await session.run(embeddingFeeds(model, weights, batch)))['output']!.data
}

/** Inputs of the embedding graph: one row of each table per token. @param place gives the array for rows of a table @default fresh ones */
export function embeddingFeeds(
  { config, architecture }: Model,
  weights: Weights,
  { ids, tokens }: Pick<Batch, 'ids' | 'tokens'>,
  place: (table: string, length: number) => Float32Array = (_, length) => new Float32Array(length),
): Feeds {
  const dims = [ids.length, config.hiddenSize]
  const [words, positions, types] = architecture.embeddingWeights(config)
  const rows = (table: string, indices: Int32Array): Feeds[string] => {
    const data = place(table, ids.length * config.hiddenSize)
    weights.embeddingRows(table, indices, data)
    return { data, dims }
  }
  return {
    words: rows(words!.name, ids),
    positions: rows(
      positions!.name,
      ids.map((_, i) => i % tokens),
    ),
    types: rows(types!.name, new Int32Array(ids.length)),
    ...weights.embeddingNorm(),
  }
}
