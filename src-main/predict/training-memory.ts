/** Resident memory that each way of training a model takes, predicted from its shapes. */
import { WEIGHT_FORMS } from '#shared/scenario/model-schema.ts'
import { type Scenario, parseScenario } from '#shared/scenario/scenario.ts'
import type { Model } from '#main/models/model.ts'
import type { BatchSize } from '#main/training/sweep-plan.ts'
import { phoneMemory } from './phone-memory.ts'

export interface TrainingMemory {
  readonly way: string
  /** Bytes of the whole process where nothing is short. */
  readonly bytes: number
  /** Bytes with every sweep cut as small as it goes, for ways that can cut it: the lowest cap under which it may still run. */
  readonly leastBytes: number | null
}

const CLASSES = 2
const AMPLE_BYTES = 2 ** 46
const FULL = { kind: 'full' } as const

/** @param idleBytes of a worker here that has the runtime loaded and nothing else */
export function trainingMemory(model: Model, { sequences, tokens }: BatchSize, idleBytes: number): TrainingMemory[] {
  const of = (method: object, own: object = {}): ReturnType<typeof phoneMemory> =>
    phoneMemory(
      scenarioOf(model, { batchSize: sequences, ...method }, own),
      model,
      { classes: CLASSES, privateRows: sequences, tokens },
      1,
      idleBytes,
    )
  const phone = (way: string, method: object, own: object): TrainingMemory => {
    const { peakBytes } = of(method, own)
    return { way, bytes: peakBytes(AMPLE_BYTES), leastBytes: peakBytes(1) }
  }
  const probes = { kind: 'fedmezo', randomDirections: 1, optimiser: 'sgd' }
  const streamed = WEIGHT_FORMS.map((weights) => phone(`phone, LoRA, two-point, ${weights} weights streamed`, probes, { weights }))
  // Layers that share weights can't each move their own.
  const { architecture, config } = model
  const shares = architecture.adapterPrefix !== undefined || architecture.blockWeights(config).some(({ shared }) => shared)
  return [
    ...streamed,
    phone('phone, LoRA, forward mode, fp32 weights streamed', { ...probes, probe: 'jvp' }, {}),
    ...(shares ? [] : [phone('phone, every weight, two-point, streamed', probes, { adapter: FULL })]),
    { way: 'backpropagation, LoRA', bytes: of({ kind: 'fedavg' }).peakBytes(AMPLE_BYTES), leastBytes: null },
    { way: 'backpropagation, every weight, AdamW', bytes: of(probes).backpropBytes, leastBytes: null },
  ]
}

function scenarioOf(model: Model, method: object, own: object): Scenario {
  const input = {
    model: { checkpoint: model.directory, ...own },
    data: { train: { path: 'rows.tsv' } },
    method,
    fleet: [{ profile: 'any', count: 1, link: 'any' }],
  }
  return parseScenario(input, 'inspect')
}
