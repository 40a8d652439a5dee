/** Second step of a session: prepares its processes, one for every phone and one for the cloud, without starting them. */
import { CloudProcess } from '#main/fleet/cloud-process.ts'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { Fleet, type FleetOptions } from '#main/fleet/fleet.ts'
import type { CapMechanism } from '#main/fleet/memory-cap/mechanism.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { MessageLog } from '#main/fleet/message-log.ts'
import { Phone } from '#main/fleet/phone.ts'
import type { WorkerProgram } from '#main/fleet/worker-process.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { ResumeState } from '../resume-state.ts'
import type { SessionInputs } from './open-inputs.ts'
import { workerSpecs } from './worker-specs.ts'

export interface ProcessOptions {
  readonly resources: Resources
  /** Told what a phone does from now on, in words that follow "while". */
  readonly onDoing?: (phone: number, words: string) => void
  /** Phones that are lost as they were before. @default none */
  readonly losses?: FleetOptions['losses']
  /** Workers that owe an answer and give no sign of life for so long are stopped. @default 180 */
  readonly patienceSeconds?: number
  /** Told of faults of workers: what happened in one line, and a stack. */
  readonly onWorkerFault?: WorkerProgram['onFault']
  /** What caps phones. @default the strongest there is */
  readonly mechanism?: CapMechanism
}

export interface SessionProcesses extends AsyncDisposable {
  readonly phones: readonly Phone[]
  readonly fleet: Fleet
  readonly cloud: CloudProcess
  /** Starts the cloud. */
  openCloud(): ReturnType<CloudProcess['open']>
}

/** @param resumeState what its workers answered before, and where they begin @param emit told what happens to processes */
export async function buildFleet(
  inputs: SessionInputs,
  options: ProcessOptions,
  resumeState: ResumeState,
  emit: (event: LabEvent) => void,
): Promise<SessionProcesses> {
  const { resources, onDoing, losses, patienceSeconds, onWorkerFault: onFault, mechanism = strongestMechanism().mechanism } = options
  const { journal, saved } = resumeState
  const specs = workerSpecs(inputs)
  const kernels = kernelsPath(resources)
  await warmCompileCache(resources, [resources.deviceWorker, resources.cloudWorker])
  const phones = inputs.setups.map(({ id, capBytes, where }, phone) => {
    const tellDoing = onDoing && ((words: string): void => onDoing(phone, words))
    const program = { name: id, entry: resources.deviceWorker, kernels, onDoing: tellDoing, patienceSeconds, onFault }
    return new Phone({ id, program, spec: specs.phone(phone), capBytes, mechanism, where, journal })
  })
  const log = new MessageLog({ poolSize: specs.poolSize, vectorBytes: specs.vectorBytes, saved })
  const program = { entry: resources.cloudWorker, kernels, patienceSeconds, onFault }
  const cloud = new CloudProcess({ program, journal, log, saved, emit })
  const fleet = new Fleet(phones, emit, { log, companion: cloud, ...(losses ? { losses } : {}) })
  return {
    phones,
    fleet,
    cloud,
    openCloud: () => cloud.open(specs.cloud),
    [Symbol.asyncDispose]: async () => void (await Promise.all([fleet.stop(), cloud.stop()])),
  }
}
