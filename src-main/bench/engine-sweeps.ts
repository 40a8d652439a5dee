/**
 * Measures the savings of a sweep: many evaluations at once against separate passes, blockwise directions against full ones, tangents against pairs.
 */
import { Sweep, type ProbePoint } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import type { EngineRequest } from './engine-request.ts'
import { type Comparison, compared, inTurn, processorSeconds } from './in-turn.ts'
import { type Keeping, OpenedModel, pairsOf } from './opened-model.ts'
import { workloadOn } from './workload.ts'

export interface SweepsResult {
  readonly sequences: number
  readonly tokens: number
  readonly comparisons: readonly (Comparison & { readonly weights: Keeping })[]
  /** Largest difference between a loss of one sweep and of separate passes. */
  readonly largestDifference: number
}

const DIRECTIONS = 8

/** The aim for the built-in model; larger models gain by reading their weights once, so their aim is on streamed weights. */
const SMALL_SWEEP_AIM = 0.75
const STREAMED_SWEEP_AIM = 0.8
const BLOCKWISE_AIM = 0.6
const TANGENTS_AIM = 0.65

export async function compareSweeps({ checkpoint, quick, kernels }: EngineRequest): Promise<SweepsResult> {
  const workload = workloadOn(checkpoint.path, 4, 32)
  const { sequences, tokens } = workload.batch
  const measured: { comparisons: Comparison[]; largestDifference: number }[] = []
  const all: (Comparison & { weights: Keeping })[] = []
  for (const weights of ['streamed', 'resident'] as const) {
    using opened = new OpenedModel(workload, weights, kernels)
    const result = await compareOn(opened, weights, quick ? 2 : checkpoint.small ? 15 : 3, checkpoint.small)
    measured.push(result)
    all.push(...result.comparisons.map((comparison) => ({ ...comparison, weights })))
  }
  return { sequences, tokens, comparisons: all, largestDifference: Math.max(...measured.map((m) => m.largestDifference)) }
}

async function compareOn(
  opened: OpenedModel,
  weights: Keeping,
  rounds: number,
  small: boolean,
): Promise<{ comparisons: Comparison[]; largestDifference: number }> {
  using sweep = await Sweep.create(...opened.parts)
  using tangents = await TangentSweep.create(...opened.parts)
  const { batch, replica } = opened
  const losses = async (points: readonly ProbePoint[]): Promise<Float32Array> =>
    (await sweep.run(batch, replica.values, points, replica.combiner)).losses
  const directions = opened.directions(DIRECTIONS)
  const pairs = pairsOf(directions)
  const { blockwise, whole } = opened.receivedDirections()
  const [blockPairs, fullPairs] = [pairsOf(blockwise), pairsOf(whole)]
  const separate = async (): Promise<Float32Array[]> => {
    const found: Float32Array[] = []
    for (const point of pairs) found.push(await losses([point]))
    return found
  }

  const together = await losses(pairs)
  const apart = (await separate()).flatMap((rows) => [...rows])
  const seconds = await inTurn(rounds, {
    sweep: () => processorSeconds(() => losses(pairs)),
    separate: () => processorSeconds(separate),
    tangents: () => processorSeconds(() => tangents.run(batch, replica.values, directions, replica.combiner)),
    blockwise: () => processorSeconds(() => losses(blockPairs)),
    full: () => processorSeconds(() => losses(fullPairs)),
  })
  const comparisons = [
    compared(
      [`one sweep of ${pairs.length} evaluations`, seconds.sweep],
      [`${pairs.length} passes`, seconds.separate],
      small ? SMALL_SWEEP_AIM : weights === 'streamed' ? STREAMED_SWEEP_AIM : null,
    ),
    compared(
      [`${blockPairs.length} evaluations along blocks, one sweep`, seconds.blockwise],
      [`as many along full directions, one sweep`, seconds.full],
      BLOCKWISE_AIM,
    ),
    compared([`${DIRECTIONS} tangents`, seconds.tangents], [`${DIRECTIONS} two-point pairs, one sweep`, seconds.sweep], TANGENTS_AIM),
  ]
  return { comparisons, largestDifference: Math.max(...apart.map((loss, i) => Math.abs(loss - together[i]!))) }
}
