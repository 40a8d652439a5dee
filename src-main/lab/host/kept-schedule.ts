/** The schedule of one round of a kept session, also under a policy that it did not run under; only what that needs is read. */
import type { LabEvent, PolicyName } from '#shared/events/event.ts'
import type { StoreThread } from '#main/store/store-thread.ts'
import { rescheduled } from '../reschedule.ts'

type Event<K extends LabEvent['kind']> = Extract<LabEvent, { kind: K }>

/** @param policy @default the one that it ran under @returns null where there is none */
export async function keptSchedule(
  store: Pick<StoreThread, 'eventOfRound' | 'events' | 'marks'>,
  session: string,
  round: number,
  policy?: PolicyName,
): Promise<Event<'round-scheduled'> | null> {
  const scheduled = (await store.eventOfRound(session, 'round-scheduled', round)) as Event<'round-scheduled'> | null
  if (!scheduled || policy === undefined || policy === scheduled.policy) return scheduled
  const [started] = await store.events(session, 0, 1)
  const marks = await store.marks(session)
  const tuned = await Promise.all(marks.filter(({ kind }) => kind === 'tuned').map(({ seq }) => store.events(session, seq, 1)))
  return rescheduled(started as Event<'session-started'>, tuned.flat() as Event<'phone-tuned'>[], scheduled, policy)
}
