/**
 * A session whose phones and cloud work in this process, one after the other: what is learnt is what real phones learn, without the time that
 * starting them takes. Nothing is capped, kept or lost.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FederatedRun } from '#main/federation/federated-run.ts'
import { Hardware } from '#main/federation/hardware.ts'
import type { Method } from '#main/federation/methods/method.ts'
import { federatedMethod } from '#main/federation/methods/index.ts'
import { RoundClock } from '#main/federation/round-clock.ts'
import type { Phones } from '#main/federation/run-parts.ts'
import { expandFleet } from '#main/reading/expand-fleet.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { prepareSession } from '#main/reading/prepare-session.ts'
import { checkpointDirectory, sourceResources } from '#main/machine/resources.ts'
import { SessionControl } from '#main/lab/session-control.ts'
import { scenarioModel } from '#main/reading/scenario-model.ts'
import { trainedParameters } from '#main/lab/trained-parameters.ts'
import { modelFlops } from '#main/models/model-flops.ts'
import { fixedController } from '#main/network/controller/fixed.ts'
import { CloudProgram } from '#main/workers/cloud-program.ts'
import { PhoneProgram } from '#main/workers/phone-program.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { TrainingSpec } from '#main/workers/protocol/training-spec.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'
import { traitsOf } from '#shared/scenario/methods/index.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import { optimiserOf } from '#shared/scenario/optimiser.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

const root = join(import.meta.dirname, '../..')
const resources = sourceResources(root)
const catalogue = loadCatalogue(resources.directory)
const kernels = readFileSync(join(root, 'resources/kernels.wasm'))

/** All phones get every message; only those that are selected are asked. */
class LocalPhones implements Phones {
  private readonly programs: readonly PhoneProgram[]
  private readonly told: string[]
  private selected: readonly number[]

  constructor(programs: readonly PhoneProgram[]) {
    this.programs = programs
    this.told = programs.map(() => '')
    this.selected = [...programs.keys()]
  }

  async startAvailable(): Promise<number[]> {
    return [...this.programs.keys()]
  }

  async select(phones: readonly number[]): Promise<Map<number, { bytes: number; digest: null }>> {
    this.selected = phones
    return new Map(phones.map((phone) => [phone, { bytes: 0, digest: null }]))
  }

  digests(): Map<number, string | null> {
    return new Map()
  }

  async broadcast(_: 'direction', bytes: Uint8Array): Promise<void> {
    for (const program of this.programs) program.receive(bytes)
  }

  async probe(request: Parameters<PhoneProgram['probe']>[0]): Promise<Map<number, ProbeReport>> {
    const reports = new Map<number, ProbeReport>()
    for (const phone of this.selected) reports.set(phone, await this.programs[phone]!.probe(request))
    return reports
  }

  async train(request: Parameters<PhoneProgram['train']>[0]): Promise<Map<number, ProbeReport>> {
    const reports = new Map<number, ProbeReport>()
    for (const phone of this.selected) reports.set(phone, await this.programs[phone]!.train(request))
    return reports
  }

  async update(bytes: Uint8Array): Promise<Map<number, string>> {
    this.programs.forEach((program, phone) => (this.told[phone] = program.apply(bytes)))
    return new Map(this.told.entries())
  }

  maskKeys(): never {
    throw new Error('phones in one process hide nothing')
  }

  revealMasks(): never {
    throw new Error('phones in one process hide nothing')
  }

  async refuse(phone: number, words: string): Promise<void> {
    throw new Error(`phone ${phone} ${words}`)
  }

  sampleMemory(): void {}
}

/** @throws what ended the run, after its events were told */
export async function runInProcess(
  scenario: Scenario,
  emit: (event: LabEvent) => void,
  wrap = (method: Method): Method => method,
): Promise<void> {
  const setups = expandFleet(scenario, catalogue)
  const checkpoint = checkpointDirectory(resources, scenario.model.checkpoint)
  const { data, head, padId } = await prepareSession({ scenario, phones: setups.length, checkpoint })
  using model = scenarioModel(scenario, checkpoint)
  const { config, architecture } = model
  using trained = trainedParameters(scenario, model, head, setups.length + 1, resources.scratch)
  const { adapter, layout } = trained
  const { method, seed } = scenario
  const traits = traitsOf(method)
  const spec: TrainingSpec = {
    checkpoint,
    seed,
    classes: data.labels.length,
    padId,
    adapter: trained.of('all'),
    replica: {
      seed,
      poolSize: traits.poolSize(data.labels.length),
      distribution: traits.distribution,
      adam: optimiserOf(scenario) === 'adam' ? method.adam : null,
      retractable: takesNewtonSteps(scenario),
    },
  }
  const programs = setups.map(() => new PhoneProgram(kernels, () => {}))
  for (const [phone, program] of programs.entries()) {
    await program.open({
      ...spec,
      phone,
      examples: data.phones[phone]!,
      batchSize: traits.batchSize,
      probe: traits.probe,
      probeSize: traits.probeSize,
    })
  }
  const cloud = new CloudProgram(kernels, () => {})
  await cloud.open({
    ...spec,
    examples: data.public,
    test: data.test,
    batchSize: traits.cloudBatchSize,
    errorFeedback: scenario.compression.errorFeedback,
    directions: traits.guidance === 'batch' ? 'batch' : 'class',
  })
  const hardware = new Hardware(findProfile(catalogue.devices, scenario.cloud.profile)!, setups, seed)
  const federated = federatedMethod(scenario)
  const run = new FederatedRun({
    scenario,
    method: federated && wrap(federated),
    phones: new LocalPhones(programs),
    cloud: {
      guide: (...how) => cloud.guide(...how),
      step: (...how) => cloud.step(...how),
      receive: async (direction) => cloud.receive(direction),
      apply: async (update) => cloud.apply(update),
      evaluate: () => cloud.evaluate(),
    },
    clock: new RoundClock(modelFlops(architecture, config, adapter, head), scenario.schedule.policy, hardware, layout.size),
    controller: fixedController('bits' in scenario.compression ? scenario.compression.bits : 4),
    layout,
    directionsPerRound: traits.guidance === 'batch' ? 1 : data.labels.length,
    privateRows: data.phones.map(({ labels }) => labels.length),
    emit,
    steering: new SessionControl(),
  })
  await run.run()
}
