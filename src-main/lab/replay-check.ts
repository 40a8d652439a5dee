/** Checks that a run repeats its recorded rounds: every update and measurement, in order. */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { LabEvent } from '#shared/events/event.ts'

export class ReplayCheck {
  private readonly expected: LabEvent[]
  private readonly last: LabEvent
  private next = 0
  private done = false

  /** @param events the recorded events */
  constructor(events: readonly LabEvent[]) {
    this.expected = events.filter((event) => computed(event) !== null)
    this.last = events.findLast(({ kind }) => kind === 'round-finished' || kind === 'session-started')!
  }

  /** True once all recorded events have been repeated. */
  get over(): boolean {
    return this.done
  }

  /** @returns whether the record ends with this event @throws RunFailed at the first event that differs */
  add(event: LabEvent): boolean {
    const result = computed(event)
    if (result !== null) {
      const expected = this.expected[this.next++]
      if (!expected || computed(expected) !== result) {
        const round = 'round' in event ? event.round : 0
        throw new RunFailed(
          `round ${round} comes out differently than it was recorded: it was run by another version of the lab, or its data has changed`,
        )
      }
    }
    const { last } = this
    this.done =
      event.kind === last.kind && (event.kind !== 'round-finished' || (last.kind === 'round-finished' && event.round === last.round))
    return this.done
  }
}

function computed(event: LabEvent): string | null {
  switch (event.kind) {
    case 'update-applied':
      return `${event.round} ${event.digest}`
    case 'evaluated':
      return `${event.round} ${event.accuracy} ${event.loss}`
    default:
      return null
  }
}
