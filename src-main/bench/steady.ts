/** `steady`: whether a phone's memory grows. Its resident size after many steps on batches of every length, against that after a few. */
import { own } from '#main/wire/direction-request.ts'
import { WorkerProcess } from '#main/fleet/worker-process.ts'
import { packExamples } from '#main/training/packed-examples.ts'
import type { PhoneCommands } from '#main/workers/protocol/commands.ts'
import type { PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatPercent } from '#shared/units/quantities.ts'
import { type Resources, checkpointDirectory, kernelsPath } from '#main/machine/resources.ts'
import type { Bench } from './bench-definition.ts'
import { phoneSpec, stepAlong } from './memory-steps.ts'
import { type Workload, rowsOf, workloadOn } from './workload.ts'

interface Growth {
  readonly probe: 'two-point' | 'jvp'
  readonly settledSteps: number
  readonly steps: number
  readonly settledBytes: number
  readonly finalBytes: number
  /** The ratio of finalBytes to settledBytes. */
  readonly ratio: number
  readonly met: boolean
}

const DIRECTIONS = 2
const MOST_GROWTH = 0.05
/** Private rows of the phone; every step draws a batch of them. */
const ROWS = 256

export const steadyBench: Bench = {
  name: 'steady',
  async run({ resources, checkpoint, quick, onProgress }) {
    const workload = workloadOn(checkpoint ?? checkpointDirectory(resources, 'builtin:encoder'), 8, 40)
    const [settled, steps] = quick ? [4, 12] : [50, 1000]
    const results: Growth[] = []
    for (const probe of ['two-point', 'jvp'] as const) {
      onProgress(`${probe}: ${steps} steps`)
      results.push(await growthOf(resources, workload, probe, settled, steps))
    }
    return {
      results,
      table: {
        columns: ['step', `after ${settled}`, `after ${steps}`, 'growth', 'aim'],
        rows: results.map(({ probe, settledBytes, finalBytes, ratio, met }) => [
          `phone, ${probe}`,
          formatBytes(settledBytes),
          formatBytes(finalBytes),
          formatPercent(ratio - 1),
          `at most ${formatPercent(MOST_GROWTH)}: ${met ? 'met' : 'missed'}`,
        ]),
      },
      notes: [`resident memory of a phone's process between steps; batches of ${workload.batch.sequences} rows of every length.`],
    }
  },
}

/** Steps of one phone in a process of its own: a probe of a fresh batch, then an update. */
async function growthOf(
  resources: Resources,
  workload: Workload,
  probe: Growth['probe'],
  settledSteps: number,
  steps: number,
): Promise<Growth> {
  const worker = new WorkerProcess<PhoneCommands>({ entry: resources.deviceWorker, kernels: kernelsPath(resources) })
  try {
    await worker.whenReady()
    await worker.call.open({ ...phoneSpec(workload), examples: rowsOfEveryLength(workload), probe })
    let settledBytes = 0
    for (let round = 1; round <= steps; round++) {
      await worker.call.probe({ round, directions: [own(DIRECTIONS)] })
      await worker.call.apply(stepAlong(DIRECTIONS))
      if (round === settledSteps) settledBytes = worker.memory()?.residentBytes ?? 0
    }
    const finalBytes = worker.memory()?.residentBytes ?? 0
    const ratio = finalBytes / settledBytes
    return { probe, settledSteps, steps, settledBytes, finalBytes, ratio, met: ratio <= 1 + MOST_GROWTH }
  } finally {
    await worker.stop()
  }
}

function rowsOfEveryLength({ batch, classes, seed }: Workload): PhoneSpec['examples'] {
  const stream = new Stream(deriveKey(seed, 'lengths'))
  const rows = rowsOf({ ...batch, sequences: ROWS }, classes, seed)
  return packExamples(rows.map(({ ids, label }) => ({ ids: ids.subarray(0, 1 + stream.below(ids.length)), label })))
}
