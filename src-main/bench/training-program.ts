/** Steps of training on a resident model, as the memory bench measures them beside a phone's. */
import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'
import type { WeightSpec } from '#main/models/architectures/architecture.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { adapterGradient } from '#main/training/adapter-gradient.ts'
import { AdamW, trainedBytes, trainedTensor } from '#main/training/adamw.ts'
import { Backprop, type Kept } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { Sweep } from '#main/training/sweep.ts'
import { addGradient } from '#main/training/weight-gradients.ts'
import { OpenedModel, PROBE_SIZE, pairsOf } from './opened-model.ts'
import { type Workload, rowsOf } from './workload.ts'

/** The kind of training: which parameters, and how. */
export type Training = 'everything' | 'adapter' | 'checkpointed-adapter' | 'resident-probes'

export interface TrainingCommands {
  /** Opens the model and takes one step. @returns the loss before it */
  step(training: Training, workload: Workload): Promise<number>
}

const LEARNING_RATE = 1e-5
const CLIP = 1
const WEIGHT_DECAY = 0.01

/** WebAssembly addresses 4 GiB at most. */
const ARENA_BYTES = 2 ** 31

export class TrainingProgram implements TrainingCommands {
  /** The path of kernels.wasm. */
  private readonly kernels: string
  private readonly doing: (what: string) => void

  constructor(kernels: string, doing: (what: string) => void) {
    this.kernels = kernels
    this.doing = doing
  }

  step(training: Training, workload: Workload): Promise<number> {
    this.doing(`taking a step (${training})`)
    switch (training) {
      case 'everything':
        return this.everything(workload)
      case 'adapter':
        return this.adapter(workload, 'everything')
      case 'checkpointed-adapter':
        return this.adapter(workload, 'checkpoints')
      case 'resident-probes':
        return this.probes(workload)
    }
  }

  /** Backpropagation to every weight, and AdamW. */
  private async everything({ checkpoint, batch: size, classes, padId, seed }: Workload): Promise<number> {
    using model = new Model(checkpoint, seed)
    const { architecture, config } = model
    const head = classifierWeights(architecture, config, classes)
    const specs = [...encoderWeights(architecture, config), ...head]
    const parts = inArenas(specs).map((part) => {
      const arena = new Arena(bytesOf(part))
      const tensors = part.map(({ name, shape }) => [name, trainedTensor(arena, shape)] as const)
      const kernels = loadKernels(arena.memory, readFileSync(this.kernels))
      const values = tensors.map(([, tensor]) => tensor)
      return { tensors, optimiser: new AdamW(values, arena, kernels, WEIGHT_DECAY) }
    })
    const tensors = new Map(parts.flatMap((part) => part.tensors))
    for (const { name } of specs) if (!name.startsWith('classifier.') || model.has(name)) model.read(name, tensors.get(name)!.value)
    const weights = new ResidentWeights(model, { place: (name) => tensors.get(name)!.value })
    using backprop = await Backprop.create(model, weights, null, classes, 'all')
    const classifier: Feeds = Object.fromEntries(
      head.map(({ name, input, shape }) => [input, { data: tensors.get(name)!.value, dims: [1, ...shape] }]),
    )
    const batch = makeBatch(rowsOf(size, classes, seed), padId)
    const { losses } = await backprop.gradients(
      batch,
      (layer) => (layer === config.layers ? classifier : {}),
      (...gradient) => addGradient(model, batch, gradient, (name) => tensors.get(name)!.gradient),
    )
    for (const { optimiser } of parts) optimiser.step(LEARNING_RATE, CLIP)
    return losses.reduce((sum, x) => sum + x, 0) / losses.length
  }

  /** Backpropagation to adapter and classifier, and Adam. */
  private async adapter(workload: Workload, kept: Kept): Promise<number> {
    using opened = new OpenedModel(workload, 'resident', this.kernels)
    const { model, weights, adapter, layout, replica, batch } = opened
    using backprop = await Backprop.create(model, weights, adapter, workload.classes, 'adapter', kept)
    const { gradient, loss } = await adapterGradient(backprop, layout, replica.values, batch)
    replica.descend(gradient, LEARNING_RATE)
    return loss
  }

  /** The usual zeroth-order step (MeZO): all weights in memory, one pass after another along one random direction. */
  private async probes(workload: Workload): Promise<number> {
    using opened = new OpenedModel(workload, 'resident', this.kernels)
    const { batch, replica } = opened
    using sweep = await Sweep.create(...opened.parts)
    const [direction] = opened.directions(1)
    const losses: number[] = []
    for (const point of pairsOf([direction!])) {
      const result = await sweep.run(batch, replica.values, [point], replica.combiner)
      losses.push(result.losses.reduce((sum, x) => sum + x, 0) / result.losses.length)
    }
    replica.move(direction!, (-LEARNING_RATE * (losses[0]! - losses[1]!)) / (2 * PROBE_SIZE))
    return (losses[0]! + losses[1]!) / 2
  }
}

function bytesOf(specs: readonly WeightSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + trainedBytes(elementCount(shape)), 0)
}

/** Cut so that each part fits an arena, if no tensor alone is too large for one. */
function inArenas(specs: readonly WeightSpec[]): WeightSpec[][] {
  const parts: WeightSpec[][] = [[]]
  for (const spec of specs) {
    const part = parts.at(-1)!
    if (part.length > 0 && bytesOf([...part, spec]) > ARENA_BYTES) parts.push([spec])
    else part.push(spec)
  }
  return parts
}
