/** Adds the gradients of backpropagation to the weights they belong to when every weight is trained. */
import { type HeadSpec, languageHeadOf } from '#main/models/head-spec.ts'
import { WORDS, isClassifier } from '#main/models/heads.ts'
import { type Model, blockWeightName } from '#main/models/model.ts'
import type { Batch } from './batch.ts'
import { rowsOf } from './embedding.ts'

/**
 * Adds `share` of a gradient, as a GradientSink receives it, to that of its weight. A row of the gradient of an embedding input is added to the row of
 * the table that its token read.
 * @param sumOf the sum for a weight, by its name without the architecture's prefix
 */
export function addGradient(
  { architecture, config }: Model,
  batch: Batch,
  [layer, input, gradient]: readonly [layer: number, input: string, gradient: Float32Array],
  sumOf: (name: string) => Float32Array,
  share = 1,
  head: HeadSpec = 1,
): void {
  if (layer >= 0 && layer < config.layers) {
    const spec = architecture.blockWeights(config).find(({ name }) => name === input) ?? { name: input }
    return add(sumOf(blockWeightName(architecture, layer, spec)), gradient, share)
  }
  if (layer >= 0 && typeof head === 'object') return addHeadGradient({ architecture, config }, head, input, gradient, sumOf, share)
  const ofClassifier = isClassifier(input) ? `${architecture.classifier.name}${input.slice(input.lastIndexOf('.'))}` : input
  if (layer >= 0) return add(sumOf(ofClassifier), gradient, share)
  const table = architecture.embeddingTables(config).find((own) => own.input === input)
  if (!table) return add(sumOf(input), gradient, share)
  const [sum, rows, width] = [sumOf(table.name), rowsOf(table, batch), table.width]
  for (let token = 0; token < batch.ids.length; token++) {
    const row = rows[token]!
    if (row === table.still) continue
    add(sum.subarray(row * width, (row + 1) * width), gradient.subarray(token * width, (token + 1) * width), share)
  }
}

/** Adds the gradient of each word that stands for a class to its own row of the output matrix and its bias. */
function addHeadGradient(
  { architecture, config }: Pick<Model, 'architecture' | 'config'>,
  head: Exclude<HeadSpec, number>,
  input: string,
  gradient: Float32Array,
  sumOf: (name: string) => Float32Array,
  share: number,
): void {
  const { matrix, bias } = languageHeadOf(architecture, config)
  const table = input === WORDS.rows ? matrix : input === WORDS.bias ? bias : null
  if (head.kind !== 'words' || !table) return add(sumOf(input), gradient, share)
  const width = gradient.length / head.ids.length
  const sum = sumOf(table.name)
  head.ids.forEach((id, c) => add(sum.subarray(id * width, (id + 1) * width), gradient.subarray(c * width, (c + 1) * width), share))
}

function add(sum: Float32Array, values: Float32Array, share: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + share * values[i]!
}
