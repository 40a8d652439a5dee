/**
 * The trainable parameters as one flat vector: adapter tensors layer by layer, then the classifier. Every process lays them out
 * alike, so an offset means the same number on every phone, in the cloud and on the wire.
 */
import type { Architecture, BlockAdapter } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/config.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { loraParameters } from './adapters/lora.ts'
import type { ParameterSpec } from './parameter-spec.ts'

export interface Parameter extends ParameterSpec {
  /** Index of its first element in the flat vector. */
  readonly offset: number
  readonly size: number
}

export interface ParameterLayout {
  readonly parameters: readonly Parameter[]
  /** d, the number of trainable elements. */
  readonly size: number
  /** Parameters of each block, then of the head. */
  readonly byLayer: readonly (readonly Parameter[])[]
}

export function parameterLayout(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  classes: number,
): ParameterLayout {
  const head = { layer: config.layers, deviation: 0 }
  const specs: ParameterSpec[] = [
    ...Array.from({ length: config.layers }, (_, layer) => (adapter ? loraParameters(architecture, adapter, layer) : [])).flat(),
    {
      ...head,
      name: 'classifier.weight',
      input: 'classifier.weight',
      rows: classes,
      columns: config.hiddenSize,
      deviation: config.initializerRange,
    },
    { ...head, name: 'classifier.bias', input: 'classifier.bias', rows: 1, columns: classes },
  ]
  const parameters: Parameter[] = []
  let offset = 0
  for (const spec of specs) {
    const size = spec.rows * spec.columns
    parameters.push({ ...spec, offset, size })
    offset += size
  }
  const byLayer = Array.from({ length: config.layers + 1 }, (_, layer) => parameters.filter((p) => p.layer === layer))
  return { parameters, size: offset, byLayer }
}

/** Writes the starting values: seeded, the same in every process. */
export function initialise(layout: ParameterLayout, values: Float32Array, seed: number): void {
  for (const { name, offset, size, deviation } of layout.parameters) {
    const stream = new Stream(deriveKey(seed, 'initial', name))
    for (let i = 0; i < size; i++) values[offset + i] = deviation === 0 ? 0 : deviation * stream.normal()
  }
}
