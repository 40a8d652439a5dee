/** The training steps whose memory is compared: backpropagation, naive zeroth-order training, and a phone's as the lab runs them. */
import type { MatrixForm } from '#main/engine/onnx/graph.ts'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import type { Term } from '#main/wire/direction.ts'
import { own } from '#main/wire/direction-request.ts'
import { writeUpdate } from '#main/wire/update-frame.ts'
import { packExamples } from '#main/training/packed-examples.ts'
import type { PhoneCommands } from '#main/workers/protocol/commands.ts'
import type { PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import type { Resources } from '#main/machine/resources.ts'
import type { WorkerStep } from './measured-step.ts'
import type { Training, TrainingCommands } from './training-program.ts'
import { LORA, type Workload, rowsOf } from './workload.ts'

export function trainingStep(resources: Resources, training: Training, workload: Workload): WorkerStep<TrainingCommands> {
  return { entry: resources.benchWorker, take: async (call) => void (await call.step(training, workload)) }
}

interface PhoneStep {
  readonly probe: 'two-point' | 'jvp'
  readonly directions: number
  readonly form: MatrixForm
}

/** A phone's step: opens the model, probes its batch, applies an update. */
export function phoneStep(resources: Resources, { probe, directions, form }: PhoneStep, workload: Workload): WorkerStep<PhoneCommands> {
  const weights = frozenWeights(workload.checkpoint, form, resources.weightsCache)
  return {
    entry: resources.deviceWorker,
    async take(call, capBytes) {
      await call.open({ ...phoneSpec(workload), probe, weights, ...(capBytes === null ? {} : { capBytes }) })
      await call.probe({ round: 0, directions: [own(directions)] })
      await call.apply(stepAlong(directions))
    },
  }
}

/** An update along the phone's own random directions; how far makes no difference to memory. */
export function stepAlong(directions: number): Uint8Array {
  const terms = Array.from({ length: directions }, (_, index): Term => ({
    direction: { kind: 'seeded', owner: 0, round: 0, index },
    coefficient: 1 / directions,
  }))
  return writeUpdate({ round: 0, sequence: 0, learningRate: 1e-3, anchor: 'moves', terms })
}

export function phoneSpec({ checkpoint, batch, classes, padId, seed }: Workload): Omit<PhoneSpec, 'probe'> {
  return {
    checkpoint,
    seed,
    classes,
    padId,
    adapter: LORA,
    replica: { seed, poolSize: 4, distribution: 'gaussian', adam: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } },
    phone: 0,
    examples: packExamples(rowsOf(batch, classes, seed)),
    batchSize: batch.sequences,
    probeSize: 1e-3,
  }
}
