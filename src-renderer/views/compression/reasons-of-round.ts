/** The reasons of a round that the view doesn't hold any more, from the round's events. */
import type { LabCalls } from '#shared/api/lab-api.ts'
import type { BitsReason } from '#shared/events/bits-choice.ts'
import type { TimelineMarker } from '#shared/events/timeline-markers.ts'

/** Bits are chosen soon after a round has begun. */
const PAGE = 64

export async function reasonsOfRound(
  calls: Pick<LabCalls, 'events'>,
  session: string,
  markers: readonly TimelineMarker[],
  round: number,
): Promise<readonly BitsReason[] | null> {
  const began = markers.find(({ kind, round: of }) => kind === 'round' && of === round)
  if (!began) return null
  const events = await calls.events(session, began.seq, PAGE)
  for (const event of events) if (event.kind === 'bits-chosen' && event.round === round) return event.reasons ?? null
  return null
}
