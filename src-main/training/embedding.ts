/** The embedding part of a model, which reads the rows of its tables for the tokens of a batch. */
import type { Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import type { EmbeddingTable } from '#main/models/architectures/architecture.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from './batch.ts'

/** The embedding part's output [N S, H]. */
export async function embed(model: Model, weights: Weights, session: GraphSession, batch: Batch): Promise<Float32Array> {
  return (await session.run(embeddingFeeds(model, weights, batch)))['output']!.data
}

/** Returns the row of a table that each token takes. */
export function rowsOf(
  { by, first = 0, unplaced }: EmbeddingTable,
  { ids, tokens, types }: Pick<Batch, 'ids' | 'tokens' | 'types'>,
): Int32Array {
  if (by === 'token') return ids
  if (by === 'type') return types
  if (by === 'none') return new Int32Array(ids.length)
  let position = 0
  return ids.map((id, i) => {
    if (i % tokens === 0) position = 0
    return id === unplaced ? first - 1 : first + position++
  })
}

/** Returns the inputs of the embedding graph: one row of each table per token. @param place returns the array for rows of a table @default fresh ones */
export function embeddingFeeds(
  { config, architecture }: Model,
  weights: Weights,
  batch: Pick<Batch, 'ids' | 'tokens' | 'types'>,
  place: (table: string, length: number) => Float32Array = (_, length) => new Float32Array(length),
): Feeds {
  const tokens = batch.ids.length
  const rows = architecture.embeddingTables(config).map((table) => {
    const data = place(table.name, tokens * table.width)
    weights.embeddingRows(table.name, rowsOf(table, batch), data)
    return [table.input, { data, dims: [tokens, table.width] }] as const
  })
  return { ...Object.fromEntries(rows), ...weights.embeddingNorm() }
}
