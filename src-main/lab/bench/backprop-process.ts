/**
 * Entry point of the process whose memory the memory bench compares a phone's with: one AdamW step of backpropagation on a resident
 * model. Reads a BackpropRequest from the channel it was given, answers with a BackpropMemory, and ends.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import type { Feeds } from '#main/engine/runtime/session.ts'
import type { WeightSpec } from '#main/models/architectures/architecture.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { AdamW, type TrainedTensor, trainedBytes } from '#main/training/adamw.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Batch, makeBatch } from '#main/training/batch.ts'
import { readProcessMemory } from '#main/fleet/memory-cap/process-memory.ts'
import { type Workload, rowsOf } from './workload.ts'

export interface BackpropRequest {
  readonly workload: Workload
  /** Path of kernels.wasm. */
  readonly kernels: string
}

export interface BackpropMemory {
  readonly peakBytes: number
  /** Weights, gradients and both moments, float32. */
  readonly stateBytes: number
  readonly trainedParameters: number
  readonly loss: number
  readonly seconds: number
}

const LEARNING_RATE = 1e-5
const CLIP = 1

async function train({ workload, kernels }: BackpropRequest): Promise<BackpropMemory> {
  const started = performance.now()
  const { batch: size, classes, padId, seed } = workload
  using model = new Model(workload.checkpoint, seed)
  const { architecture, config } = model
  const head = classifierWeights(config, classes)
  const specs = [...encoderWeights(architecture, config), ...head]
  const stateBytes = specs.reduce((sum, { shape }) => sum + trainedBytes(elementCount(shape)), 0)
  const arena = new Arena(stateBytes)
  const tensors = new Map(specs.map((spec) => [spec.name, trained(model, spec, arena)]))
  const weights = new ResidentWeights(model, (name) => tensors.get(name)!.value)
  using backprop = await Backprop.create(model, weights, null, classes, 'all')
  const optimiser = new AdamW([...tensors.values()], arena, loadKernels(arena.memory, readFileSync(kernels)), 0.01)
  const classifier: Feeds = Object.fromEntries(
    head.map(({ name, shape }) => [name, { data: tensors.get(name)!.value, dims: [1, ...shape] }]),
  )
  const batch = makeBatch(rowsOf(size, classes, seed), padId)

  const { losses } = await backprop.classification(
    batch,
    (layer) => (layer === config.layers ? classifier : {}),
    (layer, input, gradient) => {
      const table = layer < 0 ? tableOf(model, batch, input) : null
      if (table) addRows(tensors.get(table.name)!.gradient, table.indices, gradient, config.hiddenSize)
      else tensors.get((layer < 0 || layer === config.layers ? '' : architecture.blockPrefix(layer)) + input)!.gradient.set(gradient)
    },
  )
  const loss = losses.reduce((sum, x) => sum + x, 0) / losses.length
  optimiser.step(LEARNING_RATE, CLIP)
  const peakBytes = readProcessMemory(process.pid)?.peakBytes ?? 0
  const trainedParameters = specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
  return { peakBytes, stateBytes, trainedParameters, loss, seconds: (performance.now() - started) / 1000 }
}

function trained(model: Model, { name, shape }: WeightSpec, arena: Arena): TrainedTensor {
  const size = elementCount(shape)
  const value = arena.floats(size)
  if (!name.startsWith('classifier.') || model.has(name)) model.read(name, value)
  return {
    value,
    gradient: arena.floats(size),
    firstMoment: arena.floats(size),
    secondMoment: arena.floats(size),
    decays: shape.length > 1,
  }
}

/** The embedding table whose rows `input` is, and the row that each token read. */
function tableOf({ architecture, config }: Model, { ids, tokens }: Batch, input: string): { name: string; indices: Int32Array } | null {
  const [words, positions, types] = architecture.embeddingWeights(config).map(({ name }) => name)
  switch (input) {
    case 'words':
      return { name: words!, indices: ids }
    case 'positions':
      return { name: positions!, indices: ids.map((_, i) => i % tokens) }
    case 'types':
      return { name: types!, indices: new Int32Array(ids.length) }
    default:
      return null
  }
}

function addRows(sum: Float32Array, indices: Int32Array, rows: Float32Array, width: number): void {
  indices.forEach((index, t) => {
    for (let j = 0; j < width; j++) sum[index * width + j] = sum[index * width + j]! + rows[t * width + j]!
  })
}

process.once('message', (request: BackpropRequest) => {
  void train(request).then((result) => process.send!(result, () => process.exit(0)))
})
