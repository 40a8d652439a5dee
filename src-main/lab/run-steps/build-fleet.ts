/** Second step of a session: prepares its processes, for the phones and the cloud, without starting them. */
import { CloudProcess } from '#main/fleet/cloud-process.ts'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { Fleet, type FleetOptions } from '#main/fleet/fleet.ts'
import type { CapMechanism } from '#main/fleet/memory-cap/mechanism.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { MessageLog } from '#main/fleet/message-log.ts'
import { Phone } from '#main/fleet/phone.ts'
import { Slots } from '#main/fleet/slots.ts'
import type { WorkerProgram } from '#main/fleet/worker-process.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { ResumeState } from '../resume-state.ts'
import type { SessionInputs } from './open-inputs.ts'
import { workerSpecs } from './worker-specs.ts'

export interface ProcessOptions {
  readonly resources: Resources
  /** Called when a phone begins something else, with words that follow "while". */
  readonly onDoing?: (phone: number, words: string) => void
  /** The recorded losses of phones that a verification makes happen again. @default none */
  readonly losses?: FleetOptions['losses']
  /** The time without a sign of life after which a worker that owes an answer is stopped. @default 180 */
  readonly patienceSeconds?: number
  /** Called for faults of workers: what happened in one line, and a stack. */
  readonly onWorkerFault?: WorkerProgram['onFault']
  /** The mechanism that caps phones. @default the strongest one of this machine */
  readonly mechanism?: CapMechanism
}

export interface SessionProcesses extends AsyncDisposable {
  readonly phones: readonly Phone[]
  readonly fleet: Fleet
  readonly cloud: CloudProcess
  /** Starts the cloud. */
  openCloud(): ReturnType<CloudProcess['open']>
}

/** @param resumeState the workers' recorded answers, and the state that they begin from @param emit gets the events of the processes */
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
  const slots = new Slots(inputs.processes)
  const phones = inputs.setups.map(({ id, capBytes, where }, phone) => {
    const tellDoing = onDoing && ((words: string): void => onDoing(phone, words))
    const program = { name: id, entry: resources.deviceWorker, kernels, onDoing: tellDoing, patienceSeconds, onFault }
    return new Phone({ id, program, spec: specs.phone(phone), adapterOf: specs.adapterOf, slots, capBytes, mechanism, where, journal })
  })
  const log = new MessageLog({ poolSize: specs.poolSize, vectorBytes: specs.vectorBytes, saved })
  const program = { entry: resources.cloudWorker, kernels, patienceSeconds, onFault }
  const cloud = new CloudProcess({ program, journal, log, saved, emit })
  const fleet = new Fleet(phones, emit, { log, slots, companion: cloud, ...(losses ? { losses } : {}) })
  return {
    phones,
    fleet,
    cloud,
    openCloud: () => cloud.open(specs.cloud),
    [Symbol.asyncDispose]: async () => void (await Promise.all([fleet.stop(), cloud.stop()])),
  }
}
