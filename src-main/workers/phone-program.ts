/**
 * The program of an emulated phone: it probes its private batch with forward passes (or trains on it), and applies the update that every replica
 * applies.
 */
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { WIDE } from '#main/models/precision.ts'
import { ResidentWeights, StreamedWeights, streamedBytes, widenedBytes } from '#main/models/weights.ts'
import { writeScalars } from '#main/wire/scalars-frame.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { type Batch, makeBatch } from '#main/training/batch.ts'
import { chooseDirections, spreadCurvature, spreadOver } from '#main/training/elastic-probes.ts'
import { openFull } from '#main/training/full-parameters/open-full.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { around } from '#main/training/point-sweep.ts'
import { curvature } from '#main/training/curvature.ts'
import { type ProbedReplica, Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { budgetUnder } from '#main/training/sweep-budget.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { Direction } from '#main/wire/direction.ts'
import { namedDirections } from '#main/wire/direction-request.ts'
import { type Curvature, type Estimate, overRows } from '#main/wire/derivatives.ts'
import { type AnsweredProbes, answerFrame } from './answer-frame.ts'
import { exampleAt } from '#main/training/packed-examples.ts'
import type { PhoneCommands } from './protocol/commands.ts'
import type { ProbeReport, WorkedBatch } from './protocol/probe-report.ts'
import type { ProbeRequest } from './protocol/probe-request.ts'
import type { TrainRequest } from './protocol/train-request.ts'
import { type PhoneSpec, batchFormOf, headOf } from './protocol/training-spec.ts'
import { LocalBackprop } from './local-backprop.ts'
import { mean, probeLocally, probeOnce } from './local-probes.ts'
import { MaskSession } from './mask-session.ts'
import { type Measure, type Measured, alongTangents, atTwoPoints } from './measure.ts'

export class PhoneProgram implements PhoneCommands {
  private readonly kernels: BufferSource
  private readonly doing: (what: string) => void
  private state: { spec: PhoneSpec; replica: ProbedReplica; measure: Measure | null; training: LocalBackprop | null } | null = null
  private session: MaskSession | null = null

  /** @param kernels bytes of resources/kernels.wasm */
  constructor(kernels: BufferSource, doing: (what: string) => void) {
    this.kernels = kernels
    this.doing = doing
  }

  async open(spec: PhoneSpec): Promise<string> {
    this.doing('loading the model')
    const { form, file } = spec.weights ?? WIDE
    const model = new Model(spec.checkpoint, spec.seed, file, { freshHead: spec.freshHead, adapter: spec.replica.start?.directory })
    if (spec.adapter.kind === 'full') {
      const { replica, sweep } = await openFull(model, spec.classes, spec.adapter, spec.replica, this.kernels, spec.capBytes)
      this.state = { spec, replica, measure: atTwoPoints(sweep, spec.probeSize), training: null }
      return replica.digest()
    }
    const adapter = blockAdapter(model.architecture, model.config, spec.adapter)
    const head = headOf(spec)
    const layout = parameterLayout(model.architecture, model.config, adapter, head)
    const probes = spec.probe !== 'backprop'
    const sweepBytes = probes ? streamedBytes(model, form, head) + displacedBytes(layout, spec.smallestBatch ?? batchRows(spec)) : 0
    const arena = new Arena(Replica.bytes(layout, spec.replica) + sweepBytes)
    const kernels = loadKernels(arena.memory, this.kernels)
    const replica = new Replica(layout, spec.replica, model, arena, kernels)
    if (!probes) {
      const training = await LocalBackprop.create(model, new ResidentWeights(model, { rounding: form, head }), adapter, head, replica)
      this.state = { spec, replica, measure: null, training }
      return replica.digest()
    }
    const weights = new StreamedWeights(model, arena, { form, kernels, head })
    const fixedBytes = arena.memory.buffer.byteLength + widenedBytes(model, form)
    const budget = budgetUnder(spec.capBytes, fixedBytes, spec.probe === 'jvp' ? 'jvp' : 'two-point')
    const parts = [model, weights, layout, adapter, head, arena, budget] as const
    const measure =
      spec.probe === 'jvp'
        ? alongTangents(await TangentSweep.create(...parts), replica)
        : atTwoPoints(around(replica, await Sweep.create(...parts)), spec.probeSize)
    this.state = { spec, replica, measure, training: null }
    return replica.digest()
  }

  become(other: Parameters<PhoneCommands['become']>[0]): void {
    const state = this.opened()
    this.state = { ...state, spec: { ...state.spec, ...other } }
    this.session = null
  }

  receive(direction: Uint8Array): void {
    this.doing('receiving a direction')
    this.opened().replica.receive(direction)
  }

  async probe(request: ProbeRequest): Promise<ProbeReport> {
    const { spec, replica, measure } = this.opened()
    if (!measure) throw new Error('the phone was opened to train, not to probe')
    const { round, local, part = 0, most = Infinity } = request
    const named = this.directionsOf(request)
    const chosen = chooseDirections(named.length, most, new Stream(deriveKey(spec.seed, 'elastic', round, spec.phone)))
    const probed = chosen.map((k) => named[k]!)
    const directions = replica.meanings(probed)
    const batchOf = (which: number): Batch => {
      const batch = this.batch(round, which)
      this.doing(`probing ${directions.length} directions in round ${round}, ${batch.sequences} rows of ${batch.tokens} tokens`)
      return batch
    }
    const { losses, derivatives, batches, measured } = local
      ? await probeLocally(replica, measure, local, directions, batchOf)
      : await probeOnce(measure, directions, batchOf(part))
    const near = probed.filter(({ kind }) => kind === 'basis').length
    const review = request.review && measured ? await this.review(batchOf(part), measured, near, measure) : null
    const answer: AnsweredProbes = {
      estimates: spreadOver(named.length, chosen, derivatives.map(overRows)),
      ...(request.curvature && measured ? { curvature: this.between(measured, named.length, chosen) } : {}),
      ...(review ? { review: review.decrease } : {}),
      loss: mean(losses),
      drawn: named.flatMap(({ kind, index }) => (kind === 'from-set' ? [index] : [])),
    }
    const frame = answerFrame(request, spec, answer, () => this.masks())
    return { frame, batches: review ? [...batches, review.batch] : batches }
  }

  /**
   * Measures by how much the loss of the probed rows is lower than at the anchor, and counts the passes that this took. Guided directions have length 1,
   * so the mean over the points on both sides of the parameters is the loss there; random ones are too long for that, since the loss bends along them.
   * @param near the number of guided directions, which come first among those measured
   */
  private async review(
    batch: Batch,
    { losses }: Measured,
    near: number,
    measure: Measure,
  ): Promise<{ decrease: Estimate; batch: WorkedBatch }> {
    const { sequences, tokens } = batch
    const before = await this.opened().replica.asBefore(() => measure(batch, []))
    const still = near > 0 || losses.length === sequences ? null : await measure(batch, [])
    const now = still?.losses ?? losses
    const points = Math.min(now.length / sequences, Math.max(1, 2 * near))
    const decreases = Array.from({ length: sequences }, (_, row) => {
      return before.losses[row]! - mean(Array.from({ length: points }, (__, point) => now[point * sequences + row]!))
    })
    const forwardPasses = before.forwardPasses + (still?.forwardPasses ?? 0)
    return { decrease: overRows(decreases), batch: { sequences, tokens, forwardPasses } }
  }

  /** Names the directions of a request one by one. The seed decides which are drawn, so that a phone that is asked again draws the same. */
  private directionsOf({ round, directions }: ProbeRequest): Direction[] {
    const { spec, replica } = this.opened()
    const { seed, phone } = spec
    const stream = new Stream(deriveKey(seed, 'seed choice', round, phone))
    const drawn = directions.flatMap((asked) =>
      asked.kind === 'from-set' ? Array.from({ length: asked.count }, () => stream.below(asked.size)) : [],
    )
    return namedDirections(directions, { round, phone, basisSize: (layerwise) => replica.basisSize(layerwise), drawn })
  }

  /** Returns the curvature between the chosen directions, spread over all of them. */
  private between({ derivatives, tangents, logits }: Measured, count: number, chosen: readonly number[]): Curvature {
    const measured = curvature(derivatives, tangents, logits, this.opened().spec.classes)
    return spreadCurvature(count, chosen, derivatives.map(mean), measured)
  }

  async train(request: TrainRequest): Promise<ProbeReport> {
    const { spec, training } = this.opened()
    if (!training) throw new Error('the phone was opened to probe, not to train')
    const { round } = request
    const { losses, difference, batches } = await training.train(request, spec.phone, (step) => {
      const batch = this.batch(round, step)
      this.doing(`backpropagating in round ${round}, ${batch.sequences} rows of ${batch.tokens} tokens`)
      return batch
    })
    const frame = writeScalars({ round, sequence: 0, phone: spec.phone, lossMean: mean(losses), values: new Float64Array(0) })
    return { frame, difference, batches }
  }

  apply(update: Uint8Array): string {
    this.doing('applying the update')
    const { replica } = this.opened()
    replica.apply(update)
    return replica.digest()
  }

  restorePart(...part: Parameters<PhoneCommands['restorePart']>): void {
    this.doing('being brought back')
    memoryReplica(this.opened().replica).restorePart(...part)
  }

  restore(rest: Parameters<PhoneCommands['restore']>[0]): string {
    const replica = memoryReplica(this.opened().replica)
    replica.restore(rest)
    return replica.digest()
  }

  maskKey(): Uint8Array {
    return this.masks().publicKey
  }

  revealMasks(lost: readonly number[]): Uint8Array {
    return this.masks().reveal(lost)
  }

  private masks(): MaskSession {
    const { spec } = this.opened()
    return (this.session ??= new MaskSession(spec.seed, spec.phone))
  }

  /** Returns a batch of private rows for a round. @param part the number of the question in the round, each of which gets rows of its own */
  private batch(round: number, part: number): Batch {
    const { spec } = this.opened()
    const stream = new Stream(deriveKey(spec.seed, 'batch', round, spec.phone, ...(part > 0 ? [part] : [])))
    const chosen = sample(rows(spec), spec.batchSize, stream)
    return makeBatch(
      chosen.map((row) => exampleAt(spec.examples, row)),
      batchFormOf(spec),
    )
  }

  private opened(): NonNullable<PhoneProgram['state']> {
    if (!this.state) throw new Error('the phone has no model yet')
    return this.state
  }
}

/** Draws `count` different numbers below `bound`, or all of them if there are fewer. */
export function sample(bound: number, count: number, stream: Stream): number[] {
  if (count >= bound) return [...Array(bound).keys()]
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(stream.below(bound))
  return [...chosen]
}

/** @throws Error for a replica whose state is a file */
export function memoryReplica(replica: ProbedReplica): Replica {
  if (!(replica instanceof Replica)) throw new Error('a replica of every weight is brought back by its messages alone')
  return replica
}

function batchRows(spec: PhoneSpec): number {
  return Math.min(spec.batchSize, rows(spec))
}

function rows({ examples }: PhoneSpec): number {
  return examples.labels.length
}
