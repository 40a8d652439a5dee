/** The reasons of a round that the view doesn't hold any more, from the round's events. */
import type { LabCalls, SessionMark } from '#shared/api/lab-api.ts'
import type { BitsReason } from '#shared/events/event.ts'

/** Bits are chosen soon after a round has begun. */
const PAGE = 64

export async function reasonsOfRound(
  calls: Pick<LabCalls, 'events'>,
  session: string,
  marks: readonly SessionMark[],
  round: number,
): Promise<readonly BitsReason[] | null> {
  const mark = marks.find(({ kind, round: of }) => kind === 'round' && of === round)
  if (!mark) return null
  const events = await calls.events(session, mark.seq, PAGE)
  for (const event of events) if (event.kind === 'bits-chosen' && event.round === round) return event.reasons ?? null
  return null
}
