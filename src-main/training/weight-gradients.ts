/** Where gradients that backpropagation hands out belong when every weight is trained. */
import type { Model } from '#main/models/model.ts'
import type { Batch } from './batch.ts'

/**
 * Adds `share` of a gradient, as a GradientSink receives it, to that of the weight it belongs to; a row of an embedding part's input to
 * the row of the table that its token read.
 * @param sumOf the sum for a weight, by its name without the architecture's prefix
 */
export function addGradient(
  { architecture, config }: Model,
  batch: Batch,
  [layer, input, gradient]: readonly [layer: number, input: string, gradient: Float32Array],
  sumOf: (name: string) => Float32Array,
  share = 1,
): void {
  if (layer >= 0) return add(sumOf((layer < config.layers ? architecture.blockPrefix(layer) : '') + input), gradient, share)
  const [words, positions, types] = architecture.embeddingWeights(config).map(({ name }) => name)
  const tables: Readonly<Record<string, [table: string, rowOf: (token: number) => number]>> = {
    words: [words!, (token) => batch.ids[token]!],
    positions: [positions!, (token) => token % batch.tokens],
    types: [types!, () => 0],
  }
  const table = tables[input]
  if (!table) return add(sumOf(input), gradient, share)
  const [name, rowOf] = table
  const [sum, width] = [sumOf(name), config.hiddenSize]
  for (let token = 0; token < batch.ids.length; token++) {
    const row = rowOf(token)
    add(sum.subarray(row * width, (row + 1) * width), gradient.subarray(token * width, (token + 1) * width), share)
  }
}

function add(sum: Float32Array, values: Float32Array, share: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + share * values[i]!
}
