/** The program of the cloud role: it backpropagates on public data, sends the gradients as coded directions, and measures accuracy. */
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { WIDE } from '#main/models/precision.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { codeDirection, codedSegmentBytes, type Coding } from '#main/wire/coded-direction.ts'
import { writeDirection } from '#main/wire/direction-frame.ts'
import { ErrorFeedback } from '#main/wire/error-feedback.ts'
import { type Bits, isBits } from '#main/wire/quantise.ts'
import { keptByShare } from '#main/wire/topk.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { ArenaPacker } from '#main/training/directions/arena-packer.ts'
import { type BatchGradient, adapterGradient } from '#main/training/adapter-gradient.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Batch, type Example, makeBatch } from '#main/training/batch.ts'
import { evaluate } from '#main/training/evaluate.ts'
import { openFull } from '#main/training/full-parameters/open-full.ts'
import { type ParameterLayout, parameterLayout } from '#main/training/parameters.ts'
import { type PointSweep, around } from '#main/training/point-sweep.ts'
import { type ProbedReplica, Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { exampleAt } from '#main/training/packed-examples.ts'
import type { Guidance, GuideOptions } from './protocol/cloud-guidance.ts'
import type { CloudCommands, CloudMemory, Evaluation } from './protocol/commands.ts'
import { type CloudSpec, batchFormOf, headOf } from './protocol/training-spec.ts'
import { memoryReplica, sample } from './phone-program.ts'

/** The label of a direction of the whole public batch, in place of a class. */
const WHOLE_BATCH = 0xffff_ffff

interface CloudState {
  readonly spec: CloudSpec
  readonly replica: ProbedReplica
  readonly sweep: PointSweep
  /** The backpropagation; null if every weight is trained, since a gradient would be as large as the model. */
  readonly teacher: Teacher | null
}

/** The parts that backpropagation on public data needs. */
interface Teacher {
  readonly replica: Replica
  readonly backprop: Backprop
  readonly packer: ArenaPacker
  readonly feedback: ErrorFeedback
}

export class CloudProgram implements CloudCommands {
  private readonly kernels: BufferSource
  private readonly doing: (what: string) => void
  private state: CloudState | null = null

  constructor(kernels: BufferSource, doing: (what: string) => void) {
    this.kernels = kernels
    this.doing = doing
  }

  async open(spec: CloudSpec): ReturnType<CloudCommands['open']> {
    this.doing('loading the model')
    const { form, file } = spec.weights ?? WIDE
    using model = new Model(spec.checkpoint, spec.seed, file, { freshHead: spec.freshHead, adapter: spec.replica.start?.directory })
    const { architecture, config } = model
    if (spec.adapter.kind === 'full') {
      const { replica, sweep } = await openFull(model, spec.classes, spec.adapter, spec.replica, this.kernels)
      this.state = { spec, replica, sweep, teacher: null }
      return { digest: replica.digest(), parameters: replica.layout.size, layers: config.layers, fresh: model.fresh }
    }
    const adapter = blockAdapter(architecture, config, spec.adapter)
    const head = headOf(spec)
    const layout = parameterLayout(architecture, config, adapter, head)
    const arena = new Arena(Replica.bytes(layout, spec.replica) + displacedBytes(layout, 1) + ArenaPacker.bytes(layout.parameters))
    // The weights are in float32, but rounded as on the phones, so that the accuracy measured here is theirs.
    const weights = new ResidentWeights(model, { rounding: form, head })
    const kernels = loadKernels(arena.memory, this.kernels)
    const replica = new Replica(layout, spec.replica, model, arena, kernels)
    const packer = new ArenaPacker(layout.parameters, arena, kernels)
    const backprop = await Backprop.create(model, weights, adapter, head, 'adapter')
    const sweep = await Sweep.create(model, weights, layout, adapter, head, arena)
    this.state = { spec, replica, sweep: around(replica, sweep), teacher: { replica, backprop, packer, feedback: new ErrorFeedback() } }
    return { digest: replica.digest(), parameters: layout.size, layers: config.layers, fresh: model.fresh }
  }

  async guide(round: number, bits: readonly number[], { keptShare, hold = false }: GuideOptions = {}): Promise<Guidance> {
    const { spec } = this.opened()
    const { replica, packer, feedback } = this.teacher()
    const { layout } = replica
    this.doing(`backpropagating in round ${round}`)
    const codingOf = (values: Float32Array): Coding =>
      keptShare === undefined
        ? { kind: 'uniform', bits: widths(layout, bits) }
        : { kind: 'top-k', kept: keptByShare(values, layout.parameters, keptShare) }
    const layerBytes = layout.byLayer.map(() => 0)
    const chosen = this.publicBatch(round)
    const groups = spec.directions === 'batch' ? [{ label: WHOLE_BATCH, rows: chosen }] : byLabel(chosen)
    const frames: Uint8Array[] = []
    const batches: Batch[] = []
    const layerSquaredNorms = Array<number>(layout.byLayer.length).fill(0)
    let loss = 0
    for (const { label, rows } of groups) {
      const batch = makeBatch(rows, batchFormOf(spec))
      const { gradient, loss: groupLoss } = await this.gradient(batch)
      loss += (groupLoss * rows.length) / chosen.length
      batches.push(batch)
      layout.parameters.forEach(({ layer, offset, size }) => {
        for (let i = offset; i < offset + size; i++) layerSquaredNorms[layer] = layerSquaredNorms[layer]! + gradient[i]! ** 2
      })
      const code = (values: Float32Array): ReturnType<typeof codeDirection> =>
        codeDirection(values, layout.parameters, codingOf(values), undefined, packer.pack)
      const { payload, coding } = spec.errorFeedback ? feedback.code(label, gradient, code) : code(gradient)
      layout.parameters.forEach(({ layer }, index) => {
        layerBytes[layer] = layerBytes[layer]! + codedSegmentBytes(layout.parameters, coding, index)
      })
      const direction = { round, sequence: frames.length, label, firstSegment: 0, coding, payload }
      const bare = writeDirection(direction)
      if (hold) {
        frames.push(bare)
        continue
      }
      replica.receive(bare)
      frames.push(writeDirection({ ...direction, products: replica.pool.newestProducts() }))
    }
    // Bytes that belong to no layer travel with the layer that backpropagation reaches last, since only then are the products known.
    const rest = frames.reduce((sum, { length }) => sum + length, 0) - layerBytes.reduce((sum, n) => sum + n, 0)
    const lowest = layerBytes.findIndex((bytes) => bytes > 0)
    layerBytes[lowest] = layerBytes[lowest]! + rest
    return { frames, layerBytes, layerSquaredNorms, loss, batches: batches.map(sizes) }
  }

  async step(round: number, learningRate: number): ReturnType<CloudCommands['step']> {
    const { spec } = this.opened()
    const { replica } = this.teacher()
    this.doing(`training in round ${round}`)
    const batch = makeBatch(this.publicBatch(round), batchFormOf(spec))
    const { gradient, loss } = await this.gradient(batch)
    replica.descend(gradient, learningRate)
    return { digest: replica.digest(), loss, batches: [sizes(batch)] }
  }

  receive(direction: Uint8Array): void {
    this.doing('receiving a direction')
    this.opened().replica.receive(direction)
  }

  apply(update: Uint8Array): string {
    this.doing('applying the update')
    const { replica } = this.opened()
    replica.apply(update)
    return replica.digest()
  }

  async evaluate(): Promise<Evaluation> {
    const { spec, sweep } = this.opened()
    this.doing('measuring accuracy')
    const rows = Array.from(spec.test.labels, (_, row) => exampleAt(spec.test, row))
    const { accuracy, loss, rows: measured } = await evaluate(sweep, rows, batchFormOf(spec))
    return { accuracy, loss, rows: measured }
  }

  save(): CloudMemory | null {
    const { replica, teacher } = this.opened()
    return replica instanceof Replica ? { replica: replica.save(), residuals: [...(teacher?.feedback.residuals ?? [])] } : null
  }

  restorePart(...part: Parameters<CloudCommands['restorePart']>): void {
    this.doing('being brought back')
    memoryReplica(this.opened().replica).restorePart(...part)
  }

  restore(rest: Parameters<CloudCommands['restore']>[0]): string {
    const replica = memoryReplica(this.opened().replica)
    replica.restore(rest)
    return replica.digest()
  }

  restoreResiduals(residuals: CloudMemory['residuals']): void {
    const { feedback } = this.teacher()
    for (const [of, owed] of residuals) feedback.residuals.set(of, owed)
  }

  private publicBatch(round: number): Example[] {
    const { spec } = this.opened()
    const stream = new Stream(deriveKey(spec.seed, 'public batch', round))
    return sample(spec.examples.labels.length, spec.batchSize, stream).map((row) => exampleAt(spec.examples, row))
  }

  private gradient(batch: Batch): Promise<BatchGradient> {
    const { replica, backprop } = this.teacher()
    return adapterGradient(backprop, replica.layout, replica.values, batch)
  }

  private teacher(): Teacher {
    const { teacher } = this.opened()
    if (!teacher) throw new Error('the cloud has no gradient of every weight')
    return teacher
  }

  private opened(): CloudState {
    if (!this.state) throw new Error('the cloud has no model yet')
    return this.state
  }
}

function widths(layout: ParameterLayout, bits: readonly number[]): Bits[] {
  return layout.parameters.map(({ layer }) => {
    const width = bits[layer]
    if (width === undefined || !isBits(width)) throw new Error(`layer ${layer} can't be coded in ${width} bits`)
    return width
  })
}

function byLabel(examples: readonly Example[]): { label: number; rows: Example[] }[] {
  const labels = [...new Set(examples.map(({ label }) => label))].sort((a, b) => a - b)
  return labels.map((label) => ({ label, rows: examples.filter((example) => example.label === label) }))
}

function sizes({ sequences, tokens }: Batch): { sequences: number; tokens: number } {
  return { sequences, tokens }
}
