/**
 * `engine` measures the processor time of the engine's operations, each against a reference, timed in turn: PyTorch's passes, separate passes, full
 * passes, two-point probes.
 */
import { formatPercent } from '#shared/units/quantities.ts'
import { WorkerProcess } from '#main/fleet/worker-process.ts'
import { kernelsPath } from '#main/machine/resources.ts'
import type { Bench, BenchRequest } from './bench-definition.ts'
import type { EngineRequest } from './engine-request.ts'
import { type NamedCheckpoint, onCheckpoints } from './checkpoints.ts'
import type { Comparison } from './in-turn.ts'
import type { PassesResult } from './engine-passes.ts'
import type { SweepsResult } from './engine-sweeps.ts'

interface CheckpointResult {
  readonly model: string
  readonly passes: PassesResult
  readonly sweeps: SweepsResult
}

/** The calls that the timed process answers. */
interface EngineCommands {
  passes(request: EngineRequest): Promise<PassesResult>
  sweeps(request: EngineRequest): Promise<SweepsResult>
}

export const engineBench: Bench = {
  name: 'engine',
  async run(request) {
    const results = await onCheckpoints(request, ['MiniLM-L12', 'BERT-base', 'BERT-large'], (checkpoint) => measured(request, checkpoint))
    return {
      results,
      table: {
        columns: ['model', 'batch', 'weights', 'work', 'takes', 'against', 'takes', 'ratio', 'aim'],
        rows: results.flatMap(({ model, passes, sweeps }) => [
          ...passes.comparisons.map((c) => rowOf(model, passes, 'resident', c)),
          ...sweeps.comparisons.map((c) => rowOf(model, sweeps, c.weights, c)),
        ]),
      },
      notes: [
        'processor time, medians; the two of a row are timed in turn, and the ratio is the median of the rounds’ ratios.',
        'streamed weights are read from the checkpoint in every pass, as a phone reads them.',
        ...results.flatMap(({ model, passes }) => notesOf(model, passes)),
      ],
    }
  },
}

async function measured({ resources, quick, onProgress }: BenchRequest, checkpoint: NamedCheckpoint): Promise<CheckpointResult> {
  const worker = new WorkerProcess<EngineCommands>({ name: 'the engine', entry: resources.engineWorker, kernels: kernelsPath(resources) })
  try {
    await worker.whenReady()
    const request: EngineRequest = { checkpoint, quick, kernels: kernelsPath(resources), torchPeer: resources.torchPeer }
    onProgress(`${checkpoint.name}: passes`)
    const passes = await worker.call.passes(request)
    onProgress(`${checkpoint.name}: sweeps`)
    return { model: checkpoint.name, passes, sweeps: await worker.call.sweeps(request) }
  } finally {
    await worker.stop()
  }
}

function rowOf(model: string, { sequences, tokens }: { sequences: number; tokens: number }, weights: string, c: Comparison): string[] {
  const [ours, theirs] = [c.seconds, c.againstSeconds].map((seconds) => `${(1000 * seconds).toFixed(1)} ms`) as [string, string]
  const aim = c.aim === null ? '' : `at most ${c.aim}: ${c.met ? 'met' : `missed by ${formatPercent(c.ratio / c.aim - 1)}`}`
  return [model, `${sequences} x ${tokens}`, weights, c.work, ours, c.against, theirs, c.ratio.toFixed(3), aim]
}

function notesOf(model: string, { peer, noPeer, largestDifference }: PassesResult): string[] {
  if (noPeer !== null) return [`${model}: no PyTorch to compare with: ${noPeer}`]
  const against = `${model}: against PyTorch ${peer!.torch} with ${peer!.blas}, one thread`
  const slow = peer!.blas.startsWith('libblas')
  return [
    `${against}; losses and gradient norms differ by ${largestDifference!.toExponential(1)} of their size at most`,
    ...(slow ? [`${peer!.blas} is the reference BLAS, some twenty times slower than OpenBLAS: nothing to be proud of beating`] : []),
  ]
}
