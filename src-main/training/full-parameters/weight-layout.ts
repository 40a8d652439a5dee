/**
 * The layout of every weight of a model and its classifier in one flat vector theta: embedding tables and their normalisation, blocks, pooler and
 * classifier. All replicas and their files have this order, so a layer is one range of theta, and so is a row of a table.
 */
import { type Architecture, type WeightSpec, fullName } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import type { ParameterSpec } from '../parameter-spec.ts'
import { type Parameter, type ParameterLayout, classifierParameters, laidOut } from '../parameters.ts'

/** The index that stands for the embedding where blocks have theirs. */
const EMBEDDING = -1

export interface WeightLayout extends ParameterLayout {
  readonly embedding: readonly Parameter[]
  /** The names of the weights that are read row by row. */
  readonly tables: readonly string[]
}

/** Consecutive weights as a range of theta, in elements. */
interface WeightRange {
  readonly offset: number
  readonly size: number
}

export function weightLayout(architecture: Architecture, config: ModelConfig, classes: number): WeightLayout {
  const encoder = (layer: number, part: string, weights: readonly WeightSpec[]): ParameterSpec[] =>
    weights.map((weight) => ({
      name: fullName(architecture, part + weight.name),
      input: weight.name,
      layer,
      shape: weight.shape,
      stored: { ...weight, name: part + weight.name },
      deviation: 0,
    }))
  const blocks = Array.from({ length: config.layers }, (_, layer) =>
    encoder(layer, architecture.blockPrefix(layer), architecture.blockWeights(config)),
  )
  const layout = laidOut(
    [
      ...encoder(EMBEDDING, '', architecture.embeddingWeights(config)),
      ...blocks.flat(),
      ...encoder(config.layers, '', architecture.poolerWeights(config)),
      ...classifierParameters(architecture, config, classes),
    ],
    config.layers,
  )
  return {
    ...layout,
    embedding: layout.parameters.filter(({ layer }) => layer === EMBEDDING),
    tables: architecture.embeddingTables(config).map(({ name }) => name),
  }
}

/** @param weights neighbours in theta, at least one */
export function rangeOf(weights: readonly WeightRange[]): WeightRange {
  const [first, last] = [weights[0]!, weights.at(-1)!]
  return { offset: first.offset, size: last.offset + last.size - first.offset }
}
