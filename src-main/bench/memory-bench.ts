/** `memory`: what a training step takes of resident memory, and the smallest cap under which it still completes, on a phone and elsewhere. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatPercent, formatSeconds } from '#shared/units/quantities.ts'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import type { Bench, BenchRequest } from './bench-definition.ts'
import { type NamedCheckpoint, onCheckpoints } from './checkpoints.ts'
import { type WorkerStep, type StepMemory, measuredStep } from './measured-step.ts'
import { phoneStep, trainingStep } from './memory-steps.ts'
import { type SmallestCap, smallestCap } from './smallest-cap.ts'
import { workloadOn, type Workload } from './workload.ts'

interface StepResult extends StepMemory {
  readonly step: string
  readonly aboveIdleBytes: number
  readonly smallestCap: SmallestCap
  /** High-water mark under that cap; a phone cuts its sweep to it. */
  readonly peakUnderCapBytes: number
  readonly aims: readonly MemoryAim[]
}

interface CheckpointResult {
  readonly model: string
  readonly sequences: number
  readonly tokens: number
  readonly mechanism: string
  readonly enforced: boolean
  readonly steps: readonly StepResult[]
}

const PHONE_RESOLUTION_BYTES = 2 * 10 ** 6
const RESOLUTION_BYTES = 32 * 10 ** 6

/** The cap is first set a little above what the step took without one. */
const START = 1.1

export const memoryBench: Bench = {
  name: 'memory',
  async run(request) {
    const { resources } = request
    await warmCompileCache(resources, [resources.deviceWorker, resources.benchWorker])
    const results = await onCheckpoints(request, ['BERT-base', 'BERT-large'], (checkpoint) => measured(request, checkpoint))
    const [first] = results
    return {
      results,
      table: {
        columns: [
          'model',
          'batch',
          'step',
          'idle',
          'peak',
          'above idle',
          'less than AdamW',
          'smallest cap',
          'peak under it',
          'took',
          'aim',
        ],
        rows: results.flatMap(rowsOf),
      },
      notes: [
        'peak: high-water mark of the resident memory of a whole process, runtime included, each step in a process of its own, without a cap.',
        `smallest cap: a step completes under it, twice, and not under one smaller by the resolution; ${first!.mechanism}, ${first!.enforced ? 'enforced by the system' : 'monitored'}.`,
        'a phone cuts its sweep to its cap. AdamW trains every weight, the others LoRA of rank 8; phones stream the frozen weights.',
      ],
    }
  },
}

async function measured({ resources, quick, onProgress }: BenchRequest, { name, path }: NamedCheckpoint): Promise<CheckpointResult> {
  const workload = quick ? workloadOn(path, 4, 16) : workloadOn(path, 8, 64)
  const { mechanism } = strongestMechanism()
  const steps: StepResult[] = []
  const measure = async <C extends object>(step: string, work: WorkerStep<C>, resolutionBytes: number): Promise<void> => {
    onProgress(`${name}: ${step}`)
    const memory = await measuredStep(resources, work, null)
    let underCap = memory
    const completes = async (capBytes: number): Promise<boolean> => {
      const tried = await measuredStep(resources, work, capBytes)
      if (tried.ended === null) underCap = tried
      return tried.ended === null
    }
    const range = { tooSmallBytes: memory.idleBytes, startBytes: START * memory.peakBytes, resolutionBytes }
    const cap = await smallestCap(completes, range)
    const peakUnderCapBytes = underCap.peakBytes
    const aims = aimsOf(name, step, workload, { peakUnderCapBytes, capBytes: cap.bytes })
    steps.push({ step, ...memory, aboveIdleBytes: memory.peakBytes - memory.idleBytes, smallestCap: cap, peakUnderCapBytes, aims })
  }
  const coarse = quick ? 4 * RESOLUTION_BYTES : RESOLUTION_BYTES
  const fine = quick ? 8 * PHONE_RESOLUTION_BYTES : PHONE_RESOLUTION_BYTES
  await measure('backpropagation, AdamW', trainingStep(resources, 'everything', workload), coarse)
  if (!quick) await measure('backpropagation, LoRA', trainingStep(resources, 'adapter', workload), coarse)
  if (!quick) await measure('backpropagation, LoRA, checkpointing', trainingStep(resources, 'checkpointed-adapter', workload), coarse)
  await measure('zeroth order, resident weights', trainingStep(resources, 'resident-probes', workload), coarse)
  for (const form of quick ? (['fp32'] as const) : (['fp32', 'fp16', 'int8'] as const)) {
    await measure(`phone, ${form}, two-point`, phoneStep(resources, { probe: 'two-point', directions: 1, form }, workload), fine)
  }
  if (!quick) {
    await measure(
      'phone, fp32, two-point, 8 directions',
      phoneStep(resources, { probe: 'two-point', directions: 8, form: 'fp32' }, workload),
      fine,
    )
    await measure('phone, fp32, jvp', phoneStep(resources, { probe: 'jvp', directions: 1, form: 'fp32' }, workload), fine)
  }
  const { sequences, tokens } = workload.batch
  return { model: name, sequences, tokens, mechanism: mechanism.name, enforced: mechanism.enforced, steps }
}

function rowsOf({ model, sequences, tokens, steps }: CheckpointResult): string[][] {
  const [most] = steps
  return steps.map(({ step, idleBytes, peakBytes, aboveIdleBytes, smallestCap: cap, peakUnderCapBytes, seconds, aims }) => [
    model,
    `${sequences} x ${tokens}`,
    step,
    ...[idleBytes, peakBytes, aboveIdleBytes].map(formatBytes),
    formatPercent(1 - peakBytes / most!.peakBytes),
    `${formatBytes(cap.bytes)} ± ${formatBytes(cap.resolutionBytes)}`,
    formatBytes(peakUnderCapBytes),
    formatSeconds(seconds),
    aims.map(({ words, met }) => `${words}: ${met ? 'met' : 'missed'}`).join('; '),
  ])
}

interface MemoryAim {
  readonly words: string
  readonly met: boolean
}

/** @param model name of the checkpoint */
function aimsOf(model: string, step: string, { batch }: Workload, found: { peakUnderCapBytes: number; capBytes: number }): MemoryAim[] {
  if (batch.sequences !== 8 || batch.tokens !== 64 || step !== 'phone, fp32, two-point') return []
  const atMost = (what: string, bytes: number, megabytes: number): MemoryAim => {
    const aim = megabytes * 10 ** 6
    return { words: `${what} at most ${formatBytes(aim)} (${megabytes} MB)`, met: bytes <= aim }
  }
  if (model.startsWith('BERT-base')) return [atMost('peak under the cap', found.peakUnderCapBytes, 140), atMost('cap', found.capBytes, 150)]
  if (model.startsWith('BERT-large')) return [atMost('cap', found.capBytes, 200)]
  return []
}
