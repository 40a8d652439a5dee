/** Computes the schedule that another policy would have made for a past round: the same work on the same devices and links. */
import { timeRound } from '#main/federation/timed-round.ts'
import type { HeatStates } from '#main/federation/hardware.ts'
import { type RoundScheduled, recordedAmounts } from '#main/timeline/recorded-round.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { hardwareOf } from './hardware-description.ts'

type Event<K extends LabEvent['kind']> = Extract<LabEvent, { kind: K }>

/**
 * @param tuned the user's changes while the session ran, in order
 * @returns null if the session's events don't tell enough: it is older than such schedules, or its phones don't wait for each other
 */
export function rescheduled(
  started: Event<'session-started'>,
  tuned: Iterable<Event<'phone-tuned'>>,
  round: RoundScheduled,
  policy: PolicyName,
): RoundScheduled | null {
  const amounts = recordedAmounts(round)
  if (!amounts || !started.hardware) return null
  const ids = started.phones.map(({ id }) => id)
  const heat: HeatStates = new Map(
    (round.devices ?? []).map(({ device, before, totalJoules, energyJoules }) => [
      device,
      { heat: before.heat, seconds: before.atSeconds, joules: totalJoules - energyJoules },
    ]),
  )
  const hardware = hardwareOf(started.hardware, ids, started.scenario.seed, heat)
  for (const event of tuned) if (event.round <= round.round) hardware.tune({ phone: event.phone, change: event.change, told: true })
  const { event } = timeRound(hardware, amounts, policy, round.startSeconds)
  return { kind: 'round-scheduled', round: round.round, ...event }
}
