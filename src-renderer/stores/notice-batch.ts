/**
 * Gathers the lab's notices until the next frame: a run with 64 phones sends hundreds of events a second, and the window is drawn once per frame
 * whatever their number.
 */
import type { LabNotices, PhoneDoing, RunStatus } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'

interface EventRun {
  readonly session: string
  readonly from: number
  readonly events: readonly LabEvent[]
}

/** Everything since the last frame, in order; of each session's status the last one. */
export interface FrameNotices {
  readonly events: readonly EventRun[]
  readonly statuses: readonly RunStatus[]
  /** The newest activity of each phone, by session. */
  readonly doing: ReadonlyMap<string, ReadonlyMap<number, string>>
  readonly sessionsChanged: boolean
  /** Sentences that the user has to read. */
  readonly warnings: readonly string[]
}

export class NoticeBatch implements LabNotices {
  private readonly onBatch: (batch: FrameNotices) => void
  private readonly whenDrawn: (flush: () => void) => void
  private runs: { session: string; from: number; events: LabEvent[] }[] = []
  private statuses = new Map<string, RunStatus>()
  private begun = new Map<string, Map<number, string>>()
  private changed = false
  private warnings: string[] = []
  private waiting = false

  /** @param whenDrawn calls back before the next frame */
  constructor(onBatch: (batch: FrameNotices) => void, whenDrawn: (flush: () => void) => void = nextFrame) {
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

  doing(session: string, phones: readonly PhoneDoing[]): void {
    const words = this.begun.get(session) ?? new Map<number, string>()
    for (const one of phones) words.set(one.phone, one.words)
    this.begun.set(session, words)
    this.wait()
  }

  sessionsChanged(): void {
    this.changed = true
    this.wait()
  }

  warn(words: string): void {
    this.warnings.push(words)
    this.wait()
  }

  private wait(): void {
    if (this.waiting) return
    this.waiting = true
    this.whenDrawn(() => this.flush())
  }

  private flush(): void {
    const batch: FrameNotices = {
      events: this.runs,
      statuses: [...this.statuses.values()],
      doing: this.begun,
      sessionsChanged: this.changed,
      warnings: this.warnings,
    }
    this.runs = []
    this.statuses = new Map()
    this.begun = new Map()
    this.changed = false
    this.warnings = []
    this.waiting = false
    this.onBatch(batch)
  }
}

/** A hidden window draws no frames, and must not let notices pile up. */
function nextFrame(flush: () => void): void {
  if (document.visibilityState === 'hidden') setTimeout(flush, 500)
  else requestAnimationFrame(flush)
}
