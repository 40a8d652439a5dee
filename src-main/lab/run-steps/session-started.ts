/** Builds the first event of a session, which tells what the session is made of. */
import type { CloudProcess } from '#main/fleet/cloud-process.ts'
import type { Phone } from '#main/fleet/phone.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { describeHardware } from '../hardware-description.ts'
import type { SessionInputs } from './open-inputs.ts'

/** @param opened the cloud's answer after it opened the model */
export function sessionStarted(
  session: string,
  { scenario, setups, cloudProfile, prepared, trained, processes }: SessionInputs,
  phones: readonly Phone[],
  opened: Awaited<ReturnType<CloudProcess['open']>>,
): LabEvent {
  const { data } = prepared
  const { parameters, layers, fresh } = opened
  return {
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
    parameters,
    layers,
    rows: data.rows,
    data: data.report,
    fresh,
    ...(processes > 0 && processes < setups.length ? { processes } : {}),
    ...(trained.diskBytes > 0 ? { diskBytes: trained.diskBytes } : {}),
    hardware: describeHardware(cloudProfile, setups),
  }
}
