/**
 * `large`: one zeroth-order step of a phone on models of up to a billion parameters, under a cap that is really set, weights streamed in
 * int8 and in int4; decoders predict the next word, so that the output matrix goes through memory in slices too.
 */
import { own } from '#main/wire/direction-request.ts'
import { scratchFolder } from '#main/machine/scratch.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount, formatPercent, formatSeconds } from '#shared/units/quantities.ts'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import type { PhoneCommands } from '#main/workers/protocol/commands.ts'
import { trainingMemory } from '#main/predict/training-memory.ts'
import type { Bench, BenchRequest } from './bench-definition.ts'
import { type LargeModel, largeModels } from './large-models.ts'
import { type WorkerStep, type StepMemory, measuredStep } from './measured-step.ts'
import { phoneSpec, stepAlong } from './memory-steps.ts'
import { writeRandomWeights } from './random-checkpoint.ts'
import { type Workload, workloadOn } from './workload.ts'

const FORMS = ['int8', 'int4'] as const

type Form = (typeof FORMS)[number]

interface LargeResult extends StepMemory {
  readonly model: string
  readonly form: Form
  readonly parameters: number
  readonly rows: string
  readonly capBytes: number
  /** The seconds of a step once the model is open, without loading. */
  readonly stepSeconds: number
  /** The predicted bytes of training every weight with AdamW. */
  readonly backpropBytes: number
}

export const largeBench: Bench = {
  name: 'large',
  async run(request) {
    await warmCompileCache(request.resources, [request.resources.deviceWorker])
    const results: LargeResult[] = []
    for (const model of request.quick ? largeModels.slice(1, 2) : largeModels) {
      for (const form of FORMS) results.push(await measured(request, model, form))
    }
    const { mechanism } = strongestMechanism()
    return {
      results,
      table: {
        columns: ['model', 'weights', 'parameters', 'batch', 'cap', 'peak', 'of the cap', 'ended', 'step', 'backpropagation (AdamW)'],
        rows: results.map((found) => [
          found.model,
          found.form,
          formatCount(found.parameters),
          found.rows,
          formatBytes(found.capBytes),
          formatBytes(found.peakBytes),
          formatPercent(found.peakBytes / found.capBytes),
          found.ended ?? 'completed',
          formatSeconds(found.stepSeconds),
          formatBytes(found.backpropBytes),
        ]),
      },
      notes: [
        `cap: ${mechanism.name}, ${mechanism.enforced ? 'enforced by the system' : 'monitored'}; peak: high-water mark of the whole process.`,
        'a step: two forward passes of the batch along one random direction of LoRA (rank 8 on query and value), and the update.',
        'weights are random and streamed from a file; int4 is that of linear layers, tables are in int8 then.',
        'backpropagation: every weight by AdamW in float32, computed from the shapes and not run.',
      ],
    }
  },
}

async function measured(
  { quick, resources, onProgress }: BenchRequest,
  { name, file, capBytes }: LargeModel,
  form: Form,
): Promise<LargeResult> {
  const folder = scratchFolder(resources.scratch, 'large')
  const directory = folder.path
  try {
    onProgress(`writing a ${name} with random weights`)
    writeRandomWeights(directory, file, 1, form)
    const workload = quick ? workloadOn(directory, 2, 16) : workloadOn(directory, 4, 64)
    onProgress(`${name}, ${form}: a step under ${formatBytes(capBytes)}`)
    const times: number[] = []
    const memory = await measuredStep(
      resources,
      stepOf(resources.deviceWorker, workload, form, file.model_type !== 'bert', times),
      capBytes,
    )
    using model = new Model(directory, 1)
    const { sequences, tokens } = workload.batch
    const parameters = encoderWeights(model.architecture, model.config).reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    )
    const backpropBytes = trainingMemory(model, workload.batch, memory.idleBytes).at(-1)!.bytes
    return {
      model: name,
      form,
      parameters,
      rows: `${sequences} x ${tokens}`,
      capBytes,
      ...memory,
      stepSeconds: times[0] ?? NaN,
      backpropBytes,
    }
  } finally {
    folder[Symbol.dispose]()
  }
}

/** @param times gets the seconds that the step took */
function stepOf(entry: string, workload: Workload, form: Form, decodes: boolean, times: number[]): WorkerStep<PhoneCommands> {
  return {
    entry,
    async take(call, capBytes) {
      const head = decodes ? ({ head: { kind: 'next-word' } } as const) : {}
      const weights = { form, file: null }
      await call.open({ ...phoneSpec(workload), ...head, probe: 'two-point', weights, ...(capBytes === null ? {} : { capBytes }) })
      const started = performance.now()
      await call.probe({ round: 0, directions: [own(1)] })
      await call.apply(stepAlong(1))
      times.push((performance.now() - started) / 1000)
    },
  }
}
