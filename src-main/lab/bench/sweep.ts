/** `sweep`: processor time of 16 evaluations (8 two-point probes) in one sweep, against 16 passes one after another. */
import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/lora.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica, noiseKey } from '#main/training/replica.ts'
import { type Point, Sweep, displacedBytes } from '#main/training/sweep.ts'
import { kernelsPath } from '../resources.ts'
import { type Bench, median } from './bench.ts'
import { onCheckpoints } from './checkpoints.ts'
import { LORA, type Workload, rowsOf, workloadOn } from './workload.ts'

type Keeping = 'streamed' | 'resident'

interface SweepFigures {
  /** Read from the checkpoint in every pass, as a phone does, or kept in memory. */
  readonly weights: Keeping
  readonly sequences: number
  readonly tokens: number
  readonly evaluations: number
  readonly repetitions: number
  /** Medians. */
  readonly oneSweepSeconds: number
  readonly separateSeconds: number
  /** Median over repetitions of one sweep's time over the separate passes' time. */
  readonly ratio: number
  /** Largest difference between a loss of one and of the other. */
  readonly largestDifference: number
}

const DIRECTIONS = 8
const PROBE_SIZE = 1e-3

export const sweepBench: Bench = {
  name: 'sweep',
  async run(request) {
    const { quick, onProgress } = request
    const results = await onCheckpoints(request, async ({ name, path }) => {
      const repetitions = quick ? 2 : name.startsWith('builtin:') ? 15 : 3
      const measured: ({ readonly model: string } & SweepFigures)[] = []
      for (const weights of ['streamed', 'resident'] as const) {
        onProgress(`${name}: one sweep and separate passes in turn, ${weights} weights`)
        measured.push({ model: name, ...(await figures(workloadOn(path, 4, 32), weights, repetitions, kernelsPath(request.resources))) })
      }
      return measured
    }).then((all) => all.flat())
    return {
      results,
      table: {
        columns: ['model', 'weights', 'batch', 'evaluations', 'one sweep', 'separate passes', 'one sweep takes'],
        rows: results.map((r) => [
          r.model,
          r.weights,
          `${r.sequences} x ${r.tokens}`,
          String(r.evaluations),
          `${(1000 * r.oneSweepSeconds).toFixed(1)} ms`,
          `${(1000 * r.separateSeconds).toFixed(1)} ms`,
          `${r.ratio.toFixed(3)} times as long`,
        ]),
      },
      notes: [
        'processor time of this process, medians; the two are timed in turn. Streamed weights are read in every pass, as a phone reads them.',
        `largest difference between their losses: ${Math.max(...results.map((r) => r.largestDifference)).toExponential(1)}`,
      ],
    }
  },
}

async function figures(workload: Workload, keeping: Keeping, repetitions: number, kernels: string): Promise<SweepFigures> {
  const { checkpoint, batch: size, classes, padId, seed } = workload
  using model = new Model(checkpoint, seed)
  const { architecture, config } = model
  const adapter = blockAdapter(architecture, config, LORA)
  const layout = parameterLayout(architecture, config, adapter, classes)
  const arena = new Arena(streamedBytes(model) + Replica.bytes(layout, 1) + displacedBytes(layout, size.sequences))
  const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
  const spec = { seed, poolSize: 1, distribution: 'gaussian', adam } as const
  const replica = new Replica(layout, spec, arena, loadKernels(arena.memory, readFileSync(kernels)))
  const weights = keeping === 'streamed' ? new StreamedWeights(model, arena) : new ResidentWeights(model)
  using sweep = await Sweep.create(model, weights, layout, adapter, classes, arena)
  const batch = makeBatch(rowsOf(size, classes, seed), padId)
  const points = Array.from({ length: DIRECTIONS }, (_, i) => replica.randomDirection(noiseKey(seed, 0, 0, i), false)).flatMap(
    (direction): Point[] => [
      { direction, scale: PROBE_SIZE },
      { direction, scale: -PROBE_SIZE },
    ],
  )
  const evaluate = async (parts: readonly (readonly Point[])[]): Promise<{ seconds: number; losses: number[] }> => {
    const from = process.cpuUsage()
    const losses: number[] = []
    for (const part of parts) losses.push(...(await sweep.run(batch, replica.values, part, replica.combiner)).losses)
    const { user, system } = process.cpuUsage(from)
    return { seconds: (user + system) / 1e6, losses }
  }

  const whole = [points]
  const apart = points.map((point) => [point])
  const [first, second] = [await evaluate(whole), await evaluate(apart)]
  const pairs: { one: number; many: number }[] = []
  for (let i = 0; i < repetitions; i++) {
    const one = (await evaluate(whole)).seconds
    pairs.push({ one, many: (await evaluate(apart)).seconds })
  }
  return {
    weights: keeping,
    sequences: size.sequences,
    tokens: size.tokens,
    evaluations: points.length,
    repetitions,
    oneSweepSeconds: median(pairs.map(({ one }) => one)),
    separateSeconds: median(pairs.map(({ many }) => many)),
    ratio: median(pairs.map(({ one, many }) => one / many)),
    largestDifference: Math.max(...first.losses.map((loss, i) => Math.abs(loss - second.losses[i]!))),
  }
}
