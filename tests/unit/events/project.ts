/** One step of the fold as a pure function, for tests that fold lists of events with `reduce`. */
import type { LabEvent } from '#shared/events/event.ts'
import { Projection } from '#shared/events/projection.ts'
import type { SessionView } from '#shared/events/session-view.ts'

/** @returns the view after one more event; `view` stays as it was */
export function project(view: SessionView, event: LabEvent): SessionView {
  return new Projection(view).add(event).view
}
