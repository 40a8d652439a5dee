/** One session, from a loaded scenario to its last event: opens model and data, starts the processes, runs the rounds, cleans up. */
import { passedIdOf } from '#main/models/model-config.ts'
import { scenarioModel } from '#main/reading/scenario-model.ts'
import { randomUUID } from 'node:crypto'
import { thisMachine } from '#main/machine/this-machine.ts'
import { CloudProcess } from '#main/fleet/cloud-process.ts'
import { Fleet, type FleetOptions } from '#main/fleet/fleet.ts'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import type { CapMechanism } from '#main/fleet/memory-cap/mechanism.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { Phone } from '#main/fleet/phone.ts'
import type { WorkerProgram } from '#main/fleet/worker-process.ts'
import { MessageLog } from '#main/fleet/message-log.ts'
import { AsynchronousRun } from '#main/federation/asynchronous-run.ts'
import { FederatedRun } from '#main/federation/federated-run.ts'
import { untilTracesEnd } from '#main/federation/field/availability.ts'
import { federatedMethod } from '#main/federation/methods/index.ts'
import { Hardware } from '#main/federation/hardware.ts'
import { RoundClock } from '#main/federation/round-clock.ts'
import type { Steering } from '#main/federation/steering.ts'
import type { Model } from '#main/models/model.ts'
import { modelFlops } from '#main/models/model-flops.ts'
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import { budgetController } from '#main/network/controller/budget.ts'
import type { CompressionController } from '#main/network/controller/decision.ts'
import { fixedController } from '#main/network/controller/fixed.ts'
import { NormController } from '#main/network/controller/norm.ts'
import { offController } from '#main/network/controller/off.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { TrainingSpec } from '#main/workers/commands.ts'
import type { MachineForecast } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'
import { runsOnPhones, traitsOf } from '#shared/scenario/methods/index.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import { optimiserOf } from '#shared/scenario/optimiser.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { type PhoneSetup, expandFleet, traceEndSeconds } from '#main/reading/expand-fleet.ts'
import type { LoadedScenario } from '#main/reading/load-scenario.ts'
import { describeHardware } from './hardware-description.ts'
import { phoneAvailability } from './phone-availability.ts'
import type { PreparedSession, PreparingRequest } from '#main/reading/prepare-session.ts'
import { Reader } from '#main/reading/reader.ts'
import type { PreparedData } from '#main/reading/prepare-data.ts'
import { SessionControl } from './session-control.ts'
import { ResumeState } from './resume-state.ts'
import { machineForecast, refuseIfTooLarge } from '#main/predict/machine-forecast.ts'
import { phoneMemory } from '#main/predict/phone-memory.ts'
import { USUAL_IDLE_WORKER } from './host/idle-worker.ts'
import { type Resources, checkpointDirectory, kernelsPath } from '#main/machine/resources.ts'
import { trainedParameters } from './trained-parameters.ts'

export interface SessionOptions {
  readonly resources: Resources
  readonly emit: (event: LabEvent) => void
  /** Who steers it between rounds. @default nobody: it runs to its end */
  readonly steering?: Steering
  /** What it is called. @default a new name */
  readonly session?: string
  /** Told what a phone does from now on, in words that follow "while". */
  readonly onDoing?: (phone: number, words: string) => void
  /** Keeps what is needed to go on, and goes on from what was kept. @default nothing is kept */
  readonly resumeState?: ResumeState
  /** Phones that are lost as they were before. @default none */
  readonly losses?: FleetOptions['losses']
  /** Workers that owe an answer and give no sign of life for so long are stopped. @default 180 */
  readonly patienceSeconds?: number
  /** Told, before anything is started, what a session that isn't refused will take of this machine. */
  readonly onForecast?: (forecast: MachineForecast) => void
  /** Told of faults of workers: what happened in one line, and a stack. */
  readonly onWorkerFault?: WorkerProgram['onFault']
  /** What caps phones. @default the strongest there is */
  readonly mechanism?: CapMechanism
}

/** @throws InputError before anything was computed if something the user gave is wrong */
export async function runSession(
  { scenario, profiles }: LoadedScenario,
  {
    resources,
    emit,
    steering = new SessionControl(),
    session = randomUUID(),
    onDoing,
    onForecast,
    onWorkerFault: onFault,
    resumeState = new ResumeState(),
    losses,
    mechanism = strongestMechanism().mechanism,
    patienceSeconds,
  }: SessionOptions,
): Promise<void> {
  const setups = expandFleet(scenario, profiles)
  const cloudProfile = findProfile(profiles.devices, scenario.cloud.profile)!
  const checkpoint = checkpointDirectory(resources, scenario.model.checkpoint)
  const prepared = await readSession(resources, { scenario, phones: setups.length, checkpoint }, steering.signal)
  using model = scenarioModel(scenario, checkpoint)
  const { config, architecture } = model
  const usual = phoneAvailability(
    scenario,
    setups.map(({ id }) => id),
  )
  const availability = untilTracesEnd(
    usual,
    setups.map(({ link }) => traceEndSeconds(link)),
  )
  const { data, head } = prepared
  if (typeof head === 'number') model.holdsClassifier(head)
  const forecast = forecastOf(scenario, model, data, setups)
  refuseIfTooLarge(forecast)
  onForecast?.(forecast)
  using trained = trainedParameters(scenario, model, head, setups.length + 1, resources.scratch)
  const { adapter, layout, diskBytes } = trained

  const weights = frozenWeights(checkpoint, scenario.model.weights, resources.weightsCache)
  const spec = trainingSpec(scenario, checkpoint, data.labels.length, prepared.padId)
  const replica = trained.saved === undefined ? spec.replica : { ...spec.replica, start: trained.saved }
  const freshHead = scenario.model.head === 'fresh'
  const training = { ...spec, freshHead, passedId: passedIdOf(config), replica, ...headSpec(prepared), weights }
  const kernels = kernelsPath(resources)
  await warmCompileCache(resources.compileCache, [resources.deviceWorker, resources.cloudWorker])
  const traits = traitsOf(scenario.method)
  const phones = setups.map(
    ({ id, capBytes, where }, phone) =>
      new Phone({
        id,
        program: {
          name: id,
          entry: resources.deviceWorker,
          kernels,
          onDoing: onDoing && ((words) => onDoing(phone, words)),
          patienceSeconds,
          onFault,
        },
        spec: {
          ...training,
          adapter: trained.of(`phone-${phone}`),
          phone,
          examples: data.phones[phone]!,
          batchSize: traits.batchSize,
          probe: traits.probe,
          probeSize: traits.probeSize,
          capBytes,
        },
        capBytes,
        mechanism,
        where,
        journal: resumeState.journal,
      }),
  )
  // Phones start before the session does, so that a cap that is too small leaves no trace of one; their events follow its first.
  const early: LabEvent[] = []
  let tell = (event: LabEvent): void => void early.push(event)
  const log = new MessageLog({
    poolSize: training.replica.poolSize,
    vectorBytes: stateVectorBytes(scenario, layout),
    saved: resumeState.saved,
  })
  const cloud = new CloudProcess({
    program: { entry: resources.cloudWorker, kernels, patienceSeconds, onFault },
    journal: resumeState.journal,
    log,
    saved: resumeState.saved,
    emit: (event) => tell(event),
  })
  const fleet = new Fleet(phones, (event) => tell(event), { log, companion: cloud, ...(losses ? { losses } : {}) })
  try {
    if (runsOnPhones(scenario.method.kind)) await fleet.startAvailable(1)
    const opened = await cloud.open({
      ...training,
      adapter: trained.of('cloud'),
      examples: data.public,
      test: data.test,
      batchSize: traits.cloudBatchSize,
      errorFeedback: scenario.compression.errorFeedback,
      directions: traits.guidance === 'batch' ? 'batch' : 'class',
    })
    emit({
      kind: 'session-started',
      session,
      scenario,
      phones: setups.map(({ id, profile, link }, i) => ({
        id,
        profile: profile.id,
        link: link.id,
        rows: data.phones[i]!.labels.length,
        cap: phones[i]!.cap,
      })),
      labels: data.labels,
      parameters: opened.parameters,
      layers: opened.layers,
      rows: data.rows,
      data: data.report,
      fresh: opened.fresh,
      ...(diskBytes > 0 ? { diskBytes } : {}),
      hardware: describeHardware(cloudProfile, setups),
    })
    let rounds = 0
    tell = (event) => {
      if (event.kind === 'round-finished') rounds = event.round
      emit(event)
    }
    early.forEach(tell)
    const clock = new RoundClock(
      modelFlops(architecture, config, adapter, head),
      scenario.schedule.policy,
      new Hardware(cloudProfile, setups, scenario.seed),
      layout.size,
    )
    const Run = scenario.federation?.aggregation.kind === 'buffered' ? AsynchronousRun : FederatedRun
    const run = new Run({
      scenario,
      method: federatedMethod(scenario),
      phones: fleet,
      cloud,
      clock,
      controller: compressionController(scenario),
      layout,
      directionsPerRound: traits.guidance === 'batch' ? 1 : data.labels.length,
      privateRows: data.phones.map(({ labels }) => labels.length),
      availability,
      emit: tell,
      steering: resumeState.steering(steering, cloud, layout),
    })
    const { stoppedBy, digest } = await run.run()
    await resumeState.saveState(rounds, cloud, layout)
    emit({ kind: 'session-finished', stoppedBy, digest, wallSeconds: resumeState.wallSeconds })
  } finally {
    await Promise.all([fleet.stop(), cloud.stop()])
  }
}

/** First of all, so that nothing else here opens a file that its reader couldn't. */
async function readSession(resources: Resources, request: PreparingRequest, signal: AbortSignal | undefined): Promise<PreparedSession> {
  await using reader = new Reader(resources)
  // Awaited here: the reader is closed when this returns.
  return await reader.read('prepare', request, request.checkpoint, { signal })
}

function compressionController({ compression }: Scenario): CompressionController {
  switch (compression.controller) {
    case 'adaptive':
      return new AdaptiveController()
    case 'budget':
      return budgetController(compression.budgetSeconds)
    case 'norm':
      return new NormController(compression.bits, compression.fewBits)
    case 'fixed':
      return fixedController(compression.bits)
    case 'off':
      return offController()
  }
}

/** Bytes of a replica's parameters, and of its moments or the parameters that updates are taken back to; the state of a phone that trains every weight is a file and never sent. */
function stateVectorBytes(scenario: Scenario, { size }: ParameterLayout): number {
  if (scenario.model.adapter.kind === 'full') return Infinity
  return 4 * size * (optimiserOf(scenario) === 'adam' ? 3 : takesNewtonSteps(scenario) ? 2 : 1)
}

/** What a task's head adds to what workers are told. */
function headSpec({ head, answerId }: PreparedSession): Pick<TrainingSpec, 'head' | 'answerId'> {
  return typeof head === 'number' ? {} : { head, answerId }
}

function trainingSpec(scenario: Scenario, checkpoint: string, classes: number, padId: number): Omit<TrainingSpec, 'adapter'> {
  const { seed, method } = scenario
  const { poolSize, distribution } = traitsOf(method)
  return {
    checkpoint,
    seed,
    classes,
    padId,
    replica: {
      seed,
      poolSize: poolSize(classes),
      distribution,
      adam: optimiserOf(scenario) === 'adam' ? method.adam : null,
      retractable: takesNewtonSteps(scenario),
    },
  }
}

/** All processes of the session together against this machine, as far as shapes tell. */
function forecastOf(scenario: Scenario, model: Model, { phones, labels }: PreparedData, setups: readonly PhoneSetup[]): MachineForecast {
  const { residentBytes, sharedBytes } = USUAL_IDLE_WORKER
  const privateRows = phones.reduce((sum, own) => sum + own.labels.length, 0)
  const tokens = phones.reduce(
    (most, { starts }) => starts.reduce((longest, start, row) => Math.max(longest, start - (starts[row - 1] ?? start)), most),
    1,
  )
  const sizes = { classes: labels.length, privateRows, tokens }
  const { peakBytes, cloudBytes } = phoneMemory(scenario, model, sizes, setups.length, residentBytes)
  const phoneBytes = runsOnPhones(scenario.method.kind) ? setups.map(({ capBytes }) => Math.min(capBytes, peakBytes(capBytes))) : []
  return machineForecast({ phoneBytes, cloudBytes, sharedBytes }, thisMachine())
}
