/** `memory`: a phone's resident memory while it takes zeroth-order steps, against what backpropagation needs for the same batch. */
import { formatBytes } from '#shared/units/bytes.ts'
import type { PhoneSpec } from '#main/workers/commands.ts'
import type { BackpropMemory } from './backprop-process.ts'
import { backpropMemory } from './backprop-memory.ts'
import type { Bench } from './bench.ts'
import { type NamedCheckpoint, onCheckpoints } from './checkpoints.ts'
import { type CappedPhone, phoneMemory } from './phone-memory.ts'
import { type Workload, workloadOn } from './workload.ts'

interface PhoneResult extends CappedPhone {
  readonly probe: PhoneSpec['probe']
  readonly directions: number
  /** Backpropagation's peak over this phone's; null if the phone didn't get through. */
  readonly timesLess: number | null
}

interface CheckpointResult {
  readonly model: string
  readonly sequences: number
  readonly tokens: number
  readonly phones: readonly PhoneResult[]
  readonly backprop: BackpropMemory
}

type Case = readonly [probe: PhoneSpec['probe'], directions: number]

const CASES: readonly Case[] = [
  ['two-point', 1],
  ['two-point', 8],
  ['jvp', 1],
]
const QUICK_CASES: readonly Case[] = [['two-point', 1]]

/** In force while a phone is measured: far above what it should need, so that what is measured is its need. */
const CAP_BYTES = 2 ** 30

export const memoryBench: Bench = {
  name: 'memory',
  async run(request) {
    const { resources, quick, onProgress } = request
    const results = await onCheckpoints(request, async (checkpoint): Promise<CheckpointResult> => {
      const workload = quick ? workloadOn(checkpoint.path, 4, 16) : workloadOn(checkpoint.path, 8, 64)
      onProgress(`${checkpoint.name}: backpropagation with AdamW`)
      const backprop = await backpropMemory(resources, workload)
      const phones: PhoneResult[] = []
      for (const [probe, directions] of quick ? QUICK_CASES : CASES) {
        onProgress(`${checkpoint.name}: phone, ${probe}, ${directions} directions`)
        const phone = await phoneMemory(resources, workload, { probe, directions, capBytes: CAP_BYTES })
        const timesLess = phone.memory && backprop.peakBytes / phone.memory.peakBytes
        phones.push({ ...phone, probe, directions, timesLess })
      }
      return described(checkpoint, workload, backprop, phones)
    })
    return {
      results,
      table: {
        columns: ['model', 'batch', 'step', 'idle', 'opened', 'peak', 'less by'],
        rows: results.flatMap(rowsOf),
      },
      notes: [
        'peak: high-water mark of the whole process, runtime included, each in a process of its own; phones stream the frozen weights.',
        'one step of each; phones train LoRA of rank 8, backpropagation every weight with gradients and two moments in float32.',
      ],
    }
  },
}

function described({ name }: NamedCheckpoint, { batch }: Workload, backprop: BackpropMemory, phones: PhoneResult[]): CheckpointResult {
  return { model: name, sequences: batch.sequences, tokens: batch.tokens, phones, backprop }
}

function rowsOf({ model, sequences, tokens, phones, backprop }: CheckpointResult): string[][] {
  const batch = `${sequences} x ${tokens}`
  return [
    [model, batch, 'backpropagation, AdamW', '', '', formatBytes(backprop.peakBytes), '1'],
    ...phones.map(({ probe, directions, memory, ended, timesLess }) => {
      const step = `phone, ${probe}, ${directions} ${directions === 1 ? 'direction' : 'directions'}`
      if (!memory || timesLess === null) return [model, batch, step, '', '', ended ?? '', '']
      return [
        model,
        batch,
        step,
        ...[memory.idleBytes, memory.openBytes, memory.peakBytes].map(formatBytes),
        `${timesLess.toFixed(2)} times`,
      ]
    }),
  ]
}
