/**
 * What the lab tells the window, gathered until the next frame: a run with 64 phones sends hundreds of events a second, and the window is
 * drawn once per frame whatever their number.
 */
import type { LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'

export interface EventRun {
  readonly session: string
  readonly from: number
  readonly events: readonly LabEvent[]
}

/** Everything since the last frame, in order; of each session's status the last one. */
export interface Batch {
  readonly events: readonly EventRun[]
  readonly statuses: readonly RunStatus[]
  readonly sessionsChanged: boolean
}

export class NoticeBatch implements LabNotices {
  private readonly onBatch: (batch: Batch) => void
  private readonly whenDrawn: (flush: () => void) => void
  private runs: { session: string; from: number; events: LabEvent[] }[] = []
  private statuses = new Map<string, RunStatus>()
  private changed = false
  private waiting = false

  /** @param whenDrawn calls back before the next frame */
  constructor(onBatch: (batch: Batch) => void, whenDrawn: (flush: () => void) => void = nextFrame) {
    this.onBatch = onBatch
    this.whenDrawn = whenDrawn
  }

  events(session: string, from: number, events: readonly LabEvent[]): void {
    const last = this.runs.at(-1)
    if (last?.session === session && last.from + last.events.length === from) last.events.push(...events)
    else this.runs.push({ session, from, events: [...events] })
    this.wait()
  }

  status(status: RunStatus): void {
    this.statuses.delete(status.session)
    this.statuses.set(status.session, status)
    this.wait()
  }

  sessionsChanged(): void {
    this.changed = true
    this.wait()
  }

  private wait(): void {
    if (this.waiting) return
    this.waiting = true
    this.whenDrawn(() => this.flush())
  }

  private flush(): void {
    const batch: Batch = { events: this.runs, statuses: [...this.statuses.values()], sessionsChanged: this.changed }
    this.runs = []
    this.statuses = new Map()
    this.changed = false
    this.waiting = false
    this.onBatch(batch)
  }
}

/** A hidden window draws no frames, and must not let notices pile up. */
function nextFrame(flush: () => void): void {
  if (document.visibilityState === 'hidden') setTimeout(flush, 500)
  else requestAnimationFrame(flush)
}
