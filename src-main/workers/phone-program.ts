/** What an emulated phone does: probe its private batch with forward passes, and apply the update that everybody applies. */
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { writeScalars } from '#main/network/codec/scalars-frame.ts'
import { blockAdapter } from '#main/training/adapters/lora.ts'
import { makeBatch } from '#main/training/batch.ts'
import type { Combination } from '#main/training/directions/combination.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica, SHARED, noiseKey } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { packDerivatives } from '#main/network/codec/derivatives.ts'
import { type Measure, alongTangents, atTwoPoints } from './measure.ts'
import { type PhoneCommands, type PhoneSpec, type ProbeReport, type ProbeRequest, exampleAt } from './commands.ts'

export class PhoneProgram implements PhoneCommands {
  private readonly kernels: BufferSource
  private readonly doing: (what: string) => void
  private state: { spec: PhoneSpec; replica: Replica; measure: Measure } | null = null

  /** @param kernels bytes of resources/kernels.wasm */
  constructor(kernels: BufferSource, doing: (what: string) => void) {
    this.kernels = kernels
    this.doing = doing
  }

  async open(spec: PhoneSpec): Promise<string> {
    this.doing('loading the model')
    const model = new Model(spec.checkpoint, spec.seed)
    const adapter = blockAdapter(model.architecture, model.config, spec.adapter)
    const layout = parameterLayout(model.architecture, model.config, adapter, spec.classes)
    const { poolSize } = spec.replica
    const bytes = streamedBytes(model) + Replica.bytes(layout, poolSize) + displacedBytes(layout, Math.min(spec.batchSize, rows(spec)))
    const arena = new Arena(bytes)
    const weights = new StreamedWeights(model, arena)
    const replica = new Replica(layout, spec.replica, arena, loadKernels(arena.memory, this.kernels))
    replica.start(model.readClassifier(spec.classes))
    const parts = [model, weights, layout, adapter, spec.classes, arena] as const
    const measure =
      spec.probe === 'jvp'
        ? alongTangents(await TangentSweep.create(...parts), replica)
        : atTwoPoints(await Sweep.create(...parts), replica, spec.probeSize)
    this.state = { spec, replica, measure }
    return replica.digest()
  }

  receive(direction: Uint8Array): void {
    this.doing('receiving a direction')
    this.opened().replica.receive(direction)
  }

  async probe(request: ProbeRequest): Promise<ProbeReport> {
    const { spec, measure } = this.opened()
    const { round } = request
    const stream = new Stream(deriveKey(spec.seed, 'batch', round, spec.phone))
    const chosen = sample(rows(spec), spec.batchSize, stream)
    const batch = makeBatch(
      chosen.map((row) => exampleAt(spec.examples, row)),
      spec.padId,
    )
    const directions = this.directions(request)
    this.doing(`probing ${directions.length} directions in round ${round}, ${batch.sequences} rows of ${batch.tokens} tokens`)
    const { losses, derivatives, forwardPasses } = await measure(batch, directions)
    const frame = writeScalars({
      round,
      sequence: 0,
      phone: spec.phone,
      lossMean: mean(losses),
      values: packDerivatives(derivatives, request.random),
    })
    return { frame, forwardPasses, sequences: batch.sequences, tokens: batch.tokens }
  }

  apply(update: Uint8Array): string {
    this.doing('applying the update')
    const { replica } = this.opened()
    replica.apply(update)
    return replica.digest()
  }

  private directions({ round, guided, random, shared, project }: ProbeRequest): Combination[] {
    const { spec, replica } = this.opened()
    const noise = (phone: number, index: number): Combination => replica.randomDirection(noiseKey(spec.seed, round, phone, index), project)
    return [
      ...(guided ? replica.pool.basis().map((row): Combination => ({ pool: row, noise: [] })) : []),
      ...Array.from({ length: shared }, (_, index) => noise(SHARED, index)),
      ...Array.from({ length: random }, (_, index) => noise(spec.phone, index)),
    ]
  }

  private opened(): NonNullable<PhoneProgram['state']> {
    if (!this.state) throw new Error('the phone has no model yet')
    return this.state
  }
}

/** `count` different numbers below `bound`, or all of them. */
export function sample(bound: number, count: number, stream: Stream): number[] {
  if (count >= bound) return [...Array(bound).keys()]
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(stream.below(bound))
  return [...chosen]
}

function rows({ examples }: PhoneSpec): number {
  return examples.labels.length
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
