/** Builds the specification that each process of a session gets when it starts: model and training, the same for all, and its own rows. */
import { passedIdOf } from '#main/models/model-config.ts'
import type { CloudSpec, PhoneSpec, TrainingSpec } from '#main/workers/protocol/training-spec.ts'
import { traitsOf } from '#shared/scenario/methods/index.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import { optimiserOf } from '#shared/scenario/optimiser.ts'
import type { SessionInputs } from './open-inputs.ts'

interface WorkerSpecs {
  readonly poolSize: number
  /** The bytes of a replica's parameters and its optimiser's state; Infinity if they are in a file and never sent. */
  readonly vectorBytes: number
  phone(phone: number): PhoneSpec
  /** Returns the adapter that the process in a slot trains. */
  adapterOf(slot: number): PhoneSpec['adapter']
  readonly cloud: CloudSpec
}

export function workerSpecs(inputs: SessionInputs): WorkerSpecs {
  const { scenario, setups, prepared, trained } = inputs
  const { data } = prepared
  const { batchSize, probe, probeSize, cloudBatchSize, guidance } = traitsOf(scenario.method)
  const training = trainingSpec(inputs)
  const smallestBatch = data.phones.reduce((least, { labels }) => Math.min(least, labels.length), batchSize)
  return {
    poolSize: training.replica.poolSize,
    vectorBytes: vectorBytes(inputs),
    phone: (phone) => ({
      ...training,
      adapter: trained.of('phone-0'),
      phone,
      examples: data.phones[phone]!,
      batchSize,
      smallestBatch,
      probe,
      probeSize,
      capBytes: setups[phone]!.capBytes,
    }),
    adapterOf: (slot) => trained.of(`phone-${slot}`),
    cloud: {
      ...training,
      adapter: trained.of('cloud'),
      examples: data.public,
      test: data.test,
      batchSize: cloudBatchSize,
      errorFeedback: scenario.compression.errorFeedback,
      directions: guidance === 'batch' ? 'batch' : 'class',
    },
  }
}

function trainingSpec({ scenario, checkpoint, prepared, model, trained, weights }: SessionInputs): Omit<TrainingSpec, 'adapter'> {
  const { seed, method } = scenario
  const { data, head, answerId, padId } = prepared
  const { poolSize, distribution } = traitsOf(method)
  const classes = data.labels.length
  return {
    checkpoint,
    seed,
    classes,
    padId,
    freshHead: scenario.model.head === 'fresh',
    passedId: passedIdOf(model.config),
    ...(typeof head === 'number' ? {} : { head, answerId }),
    weights,
    replica: {
      seed,
      poolSize: poolSize(classes),
      distribution,
      adam: optimiserOf(scenario) === 'adam' ? method.adam : null,
      retractable: takesNewtonSteps(scenario),
      ...(trained.saved === undefined ? {} : { start: trained.saved }),
    },
  }
}

/** Returns the bytes of a replica's state: beside every parameter, Adam has two moments, and Newton steps have the parameters of the anchor. */
function vectorBytes({ scenario, trained }: SessionInputs): number {
  if (scenario.model.adapter.kind === 'full') return Infinity
  return 4 * trained.layout.size * (optimiserOf(scenario) === 'adam' ? 3 : takesNewtonSteps(scenario) ? 2 : 1)
}
