/** Work as phones and the cloud do it, with the FLOP that the clock would charge and the processor time that it really took. */
import { modelFlops } from '#main/models/model-flops.ts'
import { adapterGradient } from '#main/training/adapter-gradient.ts'
import { Backprop } from '#main/training/backprop.ts'
import { Sweep } from '#main/training/sweep.ts'
import { median } from './bench-definition.ts'
import { processorSeconds } from './in-turn.ts'
import { OpenedModel, pairsOf } from './opened-model.ts'
import { workloadOn } from './workload.ts'

export interface WorkSize {
  readonly sequences: number
  readonly tokens: number
  /** Directions that are probed at two points each. */
  readonly directions: number
}

export interface MeasuredWork extends WorkSize {
  /** Probes with the weights streamed, as a phone's; or a gradient with the weights in memory, as the cloud's. */
  readonly kind: 'probes' | 'gradient'
  readonly flop: number
  /** The median processor time, in seconds. */
  readonly seconds: number
}

export interface WorkRequest {
  /** Absolute path of a Hugging Face directory. */
  readonly checkpoint: string
  readonly sizes: readonly WorkSize[]
  readonly repeats: number
  /** The path of kernels.wasm. */
  readonly kernels: string
}

export async function measureWork({ checkpoint, sizes, repeats, kernels }: WorkRequest): Promise<MeasuredWork[]> {
  const measured: MeasuredWork[] = []
  for (const size of sizes) {
    measured.push(await probes(checkpoint, size, repeats, kernels), await gradient(checkpoint, size, repeats, kernels))
  }
  return measured
}

async function probes(checkpoint: string, size: WorkSize, repeats: number, kernels: string): Promise<MeasuredWork> {
  const workload = workloadOn(checkpoint, size.sequences, size.tokens)
  using opened = new OpenedModel(workload, 'streamed', kernels)
  using sweep = await Sweep.create(...opened.parts)
  const points = pairsOf(opened.directions(size.directions))
  const { batch, replica } = opened
  const seconds = await medianSeconds(repeats, () => sweep.run(batch, replica.values, points, replica.combiner))
  const { tokens } = workload.batch
  const flop = sum(flopsOf(opened).forward({ sequences: size.sequences, tokens }, points.length))
  return { ...size, tokens, kind: 'probes', flop, seconds }
}

async function gradient(checkpoint: string, size: WorkSize, repeats: number, kernels: string): Promise<MeasuredWork> {
  const workload = workloadOn(checkpoint, size.sequences, size.tokens)
  using opened = new OpenedModel(workload, 'resident', kernels)
  using backprop = await Backprop.create(opened.model, opened.weights, opened.adapter, workload.classes, 'adapter', 'everything')
  const { batch, layout, replica } = opened
  const seconds = await medianSeconds(repeats, () => adapterGradient(backprop, layout, replica.values, batch))
  const shape = { sequences: size.sequences, tokens: workload.batch.tokens }
  const counted = flopsOf(opened)
  return { ...size, tokens: shape.tokens, kind: 'gradient', flop: sum(counted.forward(shape, 1)) + sum(counted.backward(shape)), seconds }
}

function flopsOf({ model, adapter, workload }: OpenedModel) {
  return modelFlops(model.architecture, model.config, adapter, workload.classes)
}

async function medianSeconds(repeats: number, work: () => Promise<unknown>): Promise<number> {
  // The first two repetitions warm up.
  const seconds: number[] = []
  for (let i = -2; i < repeats; i++) {
    const taken = await processorSeconds(work)
    if (i >= 0) seconds.push(taken)
  }
  return median(seconds)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0)
}
