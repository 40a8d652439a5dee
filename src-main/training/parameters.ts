/**
 * The trainable parameters as one flat vector: adapter tensors layer by layer, then the classifier. Every process lays them out
 * alike, so an offset means the same number on every phone, in the cloud and on the wire.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Architecture, BlockAdapter } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { type HeadSpec, trainedClasses } from '#main/models/head-spec.ts'
import { classifierWeights } from '#main/models/heads.ts'
import type { Model } from '#main/models/model.ts'
import { PeftAdapter } from '#main/models/peft.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { ParameterSpec } from './parameter-spec.ts'

export interface Parameter extends ParameterSpec {
  /** The index of the tensor's first element in the flat vector. */
  readonly offset: number
  readonly size: number
  /** The number of rows of the tensor as a matrix, for coding: a vector is one row. */
  readonly rows: number
  readonly columns: number
}

export interface ParameterLayout {
  readonly parameters: readonly Parameter[]
  /** d, the number of trainable elements. */
  readonly size: number
  /** The parameters of each block, then of the head. */
  readonly byLayer: readonly (readonly Parameter[])[]
}

export function parameterLayout(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  head: HeadSpec,
): ParameterLayout {
  const layers = Array.from({ length: config.layers }, (_, layer) => layer)
  const specs = [
    ...layers.flatMap((layer) => blockParameters(architecture, adapter, layer)),
    ...classifierParameters(architecture, config, trainedClasses(head)),
  ]
  return laidOut(specs, config.layers)
}

/** @param specs in the order of the flat vector @param layers the model's blocks */
export function laidOut(specs: readonly ParameterSpec[], layers: number): ParameterLayout {
  const parameters: Parameter[] = []
  let offset = 0
  for (const spec of specs) {
    const size = elementCount(spec.shape)
    const columns = spec.shape.at(-1)!
    parameters.push({ ...spec, offset, size, rows: size / columns, columns })
    offset += size
  }
  const byLayer = Array.from({ length: layers + 1 }, (_, layer) => parameters.filter((p) => p.layer === layer))
  return { parameters, size: offset, byLayer }
}

/**
 * Writes the starting values, the same in every process: those of a saved adapter, the checkpoint's, or drawn from the seed.
 * @param start the saved adapter, whose whole weights the model has already
 * @throws InputError if the checkpoint has a tensor in another shape
 */
export function initialise(
  layout: ParameterLayout,
  values: Float32Array,
  seed: number,
  model: Pick<Model, 'holds' | 'read'>,
  start?: SavedStart,
): void {
  using saved = start === undefined ? null : new PeftAdapter(start.directory, start.prefix)
  for (const parameter of layout.parameters) {
    const own = values.subarray(parameter.offset, parameter.offset + parameter.size)
    if (saved?.has(parameter.name) && isLora(parameter)) {
      saved.read(parameter.name, parameter.shape, own, saved.factorOf(parameter.name, start!.scale))
    } else initialiseOne(parameter, own, seed, model)
  }
}

/** A saved adapter to start from. */
export interface SavedStart {
  readonly directory: string
  /** The prefix with which names of the base model begin. */
  readonly prefix: string
  /** alpha / rank of the layout's adapter. The B of a module with another scale is multiplied by the ratio of the two. */
  readonly scale: number
}

function isLora({ name }: ParameterSpec): boolean {
  return /\.lora_[AB]\.weight$/.test(name)
}

/** Writes the starting values of one tensor, as `initialise` does. */
export function initialiseOne(
  { name, stored, deviation }: ParameterSpec,
  out: Float32Array,
  seed: number,
  model: Pick<Model, 'holds' | 'read'>,
): void {
  const stream = new Stream(deriveKey(seed, 'initial', name))
  if (stored && model.holds(stored)) model.read(stored.name, out)
  else if (deviation === 0) out.fill(0)
  else for (let i = 0; i < out.length; i++) out[i] = deviation * stream.normal()
}

function blockParameters(architecture: Architecture, adapter: BlockAdapter | null, layer: number): ParameterSpec[] {
  const block = architecture.blockPrefix(layer)
  return (adapter?.tensors ?? []).map(({ name, shape, stored, deviation }) => ({
    name: architecture.prefix + (architecture.adapterPrefix?.(layer) ?? block) + name,
    input: name,
    layer,
    shape,
    ...(stored && { stored: { ...stored, name: block + stored.name } }),
    deviation,
  }))
}

/** Lists the parameters of the head. */
export function classifierParameters(architecture: Architecture, config: ModelConfig, classes: number): ParameterSpec[] {
  if (classes === 0) return []
  return classifierWeights(architecture, config, classes).map((weight) => ({
    name: weight.name,
    input: weight.input,
    layer: config.layers,
    shape: weight.shape,
    stored: weight,
    deviation: weight.bias ? 0 : config.initializerRange,
  }))
}
