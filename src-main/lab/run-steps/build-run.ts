/** Third step of a session: builds the run, which will ask the processes, from the method, the controller and the virtual clock. */
import { AsynchronousRun } from '#main/federation/asynchronous-run.ts'
import { FederatedRun } from '#main/federation/federated-run.ts'
import { Hardware } from '#main/federation/hardware.ts'
import { federatedMethod } from '#main/federation/methods/index.ts'
import { RoundClock } from '#main/federation/round-clock.ts'
import type { Steering } from '#main/federation/steering.ts'
import { modelFlops } from '#main/models/model-flops.ts'
import { compressionController } from '#main/network/controller/index.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { traitsOf } from '#shared/scenario/methods/index.ts'
import type { SessionProcesses } from './build-fleet.ts'
import type { SessionInputs } from './open-inputs.ts'

export function buildRun(
  { scenario, setups, cloudProfile, prepared, model, trained, availability }: SessionInputs,
  { fleet, cloud }: SessionProcesses,
  emit: (event: LabEvent) => void,
  steering: Steering,
): FederatedRun | AsynchronousRun {
  const { data, head } = prepared
  const { adapter, layout } = trained
  const flops = modelFlops(model.architecture, model.config, adapter, head)
  const hardware = new Hardware(cloudProfile, setups, scenario.seed)
  const Run = scenario.federation?.aggregation.kind === 'buffered' ? AsynchronousRun : FederatedRun
  return new Run({
    scenario,
    method: federatedMethod(scenario),
    phones: fleet,
    cloud,
    clock: new RoundClock(flops, scenario.schedule.policy, hardware, layout.size),
    controller: compressionController(scenario.compression),
    layout,
    directionsPerRound: traitsOf(scenario.method).guidance === 'batch' ? 1 : data.labels.length,
    privateRows: data.phones.map(({ labels }) => labels.length),
    availability,
    emit,
    steering,
  })
}
