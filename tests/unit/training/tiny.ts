/** The recorded tiny BERT, what PyTorch says of it, and the parts of training opened over it, for the tests of these folders. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Arena } from '#main/engine/arena.ts'
import { type Kernels, loadKernels } from '#main/engine/kernels/kernels.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { type CodedDirection, codeDirection } from '#main/wire/coded-direction.ts'
import { writeDirection } from '#main/wire/direction-frame.ts'
import type { Bits } from '#main/wire/quantise.ts'
import { type AdapterSpec, blockAdapter } from '#main/training/adapters/block-adapter.ts'
import type { Example } from '#main/training/batch.ts'
import { type ParameterLayout, parameterLayout } from '#main/training/parameters.ts'
import { Replica, type ReplicaSpec } from '#main/training/replica.ts'
import { displacedBytes, feedsInPlace } from '#main/training/sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

export const projectRoot = join(import.meta.dirname, '../../..')
export const oraclesDirectory = join(projectRoot, 'tests/oracles')
export const tinyDirectory = join(oraclesDirectory, 'bert-tiny')
export const tinyHalfDirectory = join(oraclesDirectory, 'bert-tiny-fp16')
export const kernelBytes = readFileSync(join(projectRoot, 'resources/kernels.wasm'))

export interface RecordedTensor {
  readonly shape: number[]
  readonly data: number[]
}
export type RecordedTensors = Readonly<Record<string, RecordedTensor>>

interface Outcome {
  readonly logits: number[][]
  readonly losses: number[]
  readonly loss: number
}
interface Probed extends Outcome {
  readonly gradients: RecordedTensors
  readonly direction: RecordedTensors
  readonly directionalDerivative: number
  readonly epsilon: number
  readonly lossPlus: number
  readonly lossMinus: number
}

interface Adapted extends Outcome {
  readonly weights: RecordedTensors
  readonly gradients: RecordedTensors
}

/** See tests/oracles/record.py. */
export interface Oracle {
  readonly batch: { readonly inputIds: number[][]; readonly mask: number[][]; readonly labels: number[] }
  readonly classification: Probed & { readonly hidden: RecordedTensors }
  readonly halfPrecision: Outcome
  readonly activations: Readonly<Record<'gelu_new' | 'relu', Outcome & { readonly gradients: RecordedTensors }>>
  readonly lora: Probed & { readonly rank: number; readonly alpha: number; readonly targets: string[]; readonly weights: RecordedTensors }
  readonly bitfit: Adapted
  readonly bottleneck: Adapted & { readonly size: number }
  readonly maskedLanguage: {
    readonly inputIds: number[][]
    readonly mask: number[][]
    readonly labels: number[][]
    readonly losses: number[]
    readonly loss: number
    readonly gradients: RecordedTensors
  }
}

export const oracle = JSON.parse(readFileSync(join(oraclesDirectory, 'bert-tiny.json'), 'utf8')) as Oracle

/** LoRA on every linear layer of a block. */
export const EVERYWHERE = {
  kind: 'lora' as const,
  rank: 2,
  alpha: 4,
  targets: ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output'],
}

/** Every adapter, and none. */
export const ADAPTERS: readonly (readonly [name: string, spec: AdapterSpec | null])[] = [
  [
    'LoRA on all six targets',
    { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output'] },
  ],
  ['LoRA on query and value', { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] }],
  ['LoRA on the key alone', { kind: 'lora', rank: 3, alpha: 3, targets: ['key'] }],
  ['BitFit', { kind: 'bitfit' }],
  ['bottleneck', { kind: 'bottleneck', size: 3 }],
  ['no adapter', null],
]

/** The recorded batch as rows without padding. */
export const recordedRows: Example[] = oracle.batch.inputIds.map((ids, n) => ({
  ids: Int32Array.from(ids.filter((_, s) => oracle.batch.mask[n]![s] === 1)),
  label: oracle.batch.labels[n]!,
}))

export const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
export const replicaSpec = (change: Partial<ReplicaSpec> = {}): ReplicaSpec => ({
  seed: 7,
  poolSize: 4,
  distribution: 'gaussian',
  adam: ADAM,
  ...change,
})

export interface Tiny {
  readonly model: Model
  readonly weights: ResidentWeights
  readonly adapter: BlockAdapter | null
  readonly layout: ParameterLayout
  readonly arena: Arena
  readonly kernels: Kernels
  readonly replica: Replica
}

/** A replica of the recorded model with room for every sweep, and for `spareBytes` more in its arena. */
export function openTiny(
  adapterSpec: AdapterSpec | null,
  spec: ReplicaSpec = replicaSpec(),
  directory = tinyDirectory,
  spareBytes = 1 << 16,
): Tiny {
  const model = new Model(directory, spec.seed)
  const adapter = adapterSpec && blockAdapter(model.architecture, model.config, adapterSpec)
  const layout = parameterLayout(model.architecture, model.config, adapter, 3)
  const arena = new Arena(Replica.bytes(layout, spec) + displacedBytes(layout, 1) + spareBytes)
  const kernels = loadKernels(arena.memory, kernelBytes)
  const replica = new Replica(layout, spec, model, arena, kernels)
  return { model, weights: new ResidentWeights(model), adapter, layout, arena, kernels, replica }
}

/** Writes recorded tensors into a flat vector; names the layout lacks are an error. */
export function fill(layout: ParameterLayout, values: Float32Array | Float64Array, tensors: RecordedTensors): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    const parameter = layout.parameters.find((p) => p.name === name)
    if (!parameter || parameter.size !== data.length) throw new Error(`the layout has no ${name} of ${data.length} values`)
    values.set(data, parameter.offset)
  }
}

/** The trainable feeds of a layer at `values`, one copy. */
export function trainableAt(layout: ParameterLayout, values: Float32Array): (layer: number) => Feeds {
  return (layer) => feedsInPlace(layout.byLayer[layer]!, values)
}

export function randomVector(length: number, seed: number, ...parts: (string | number)[]): Float32Array {
  const stream = new Stream(deriveKey(seed, 'test', ...parts))
  return Float32Array.from({ length }, () => stream.normal())
}

export function coded(layout: ParameterLayout, values: Float32Array, bits: Bits = 32): CodedDirection {
  return codeDirection(values, layout.parameters, { kind: 'uniform', bits: layout.parameters.map(() => bits) })
}

/** A direction as the cloud would send it. */
export function directionBytes(layout: ParameterLayout, values: Float32Array, bits: Bits = 32, round = 1): Uint8Array {
  const { coding, payload } = coded(layout, values, bits)
  return writeDirection({ round, sequence: 0, label: 0, firstSegment: 0, coding, payload })
}

/** |found - expected| / |expected|, lengths of vectors. */
export function relativeDistance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0
  let norm = 0
  if (found.length !== expected.length) return Infinity
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i]! - expected[i]!) ** 2
    norm += expected[i]! ** 2
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-30)
}

/** Largest absolute difference. */
export function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity
  let most = 0
  for (let i = 0; i < expected.length; i++) most = Math.max(most, Math.abs(found[i]! - expected[i]!))
  return most
}

export function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, x) => sum + x, 0) / values.length
}
