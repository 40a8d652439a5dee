/** The schedule of one round of a stored session, under the policy it ran under or another one. Only the events needed for that are read. */
import type { LabEvent } from '#shared/events/event.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { ReadableStore } from '#main/store/store-thread.ts'
import { rescheduled } from '../reschedule.ts'

type Event<K extends LabEvent['kind']> = Extract<LabEvent, { kind: K }>

/** @param policy @default the one that the session ran under @returns null if there is no such schedule */
export async function scheduleOfRound(
  store: Pick<ReadableStore, 'eventOfRound' | 'events' | 'eventsOfKinds'>,
  session: string,
  round: number,
  policy?: PolicyName,
): Promise<Event<'round-scheduled'> | null> {
  const scheduled = (await store.eventOfRound(session, 'round-scheduled', round)) as Event<'round-scheduled'> | null
  if (!scheduled || policy === undefined || policy === scheduled.policy) return scheduled
  const [started] = await store.events(session, 0, 1)
  const tuned = await store.eventsOfKinds(session, ['phone-tuned'])
  return rescheduled(started as Event<'session-started'>, tuned as Event<'phone-tuned'>[], scheduled, policy)
}
