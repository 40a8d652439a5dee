/** A recorded session as a tape: the view after any number of its events, near ones by folding on, far ones as the lab knows them. */
import type { LabCalls } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection, type SessionView } from '#shared/events/projection.ts'

type Source = Pick<LabCalls, 'open' | 'events'>

const PAGE = 512
/** Folding so many events is quicker than asking for a view. */
const NEAR = 2 * PAGE
/** The number of pages to keep, those used last. */
const KEPT = 8

export class Tape {
  readonly session: string
  private readonly source: Source
  private readonly pages = new Map<number, Promise<readonly LabEvent[]>>()
  private fold = new Projection()

  constructor(source: Source, session: string) {
    this.source = source
    this.session = session
  }

  /** Returns the view after `seq` events. */
  async at(seq: number): Promise<SessionView> {
    if (seq < this.fold.seq || seq - this.fold.seq > NEAR) {
      const moment = await this.source.open(this.session, seq)
      this.fold = new Projection(moment.view)
      return this.fold.view
    }
    while (this.fold.seq < seq) {
      const before = this.fold.seq
      const page = Math.floor(before / PAGE)
      const events = await this.page(page)
      // Another call has moved the tape meanwhile.
      if (this.fold.seq !== before) return this.at(seq)
      const from = before - page * PAGE
      const some = events.slice(from, Math.min(events.length, seq - page * PAGE))
      if (some.length === 0) break
      this.fold.addAll(some)
    }
    // The next page is there before it is needed.
    void this.page(Math.floor(this.fold.seq / PAGE) + 1).catch(() => {})
    return this.fold.view
  }

  private page(index: number): Promise<readonly LabEvent[]> {
    const known = this.pages.get(index)
    if (known) {
      this.pages.delete(index)
      this.pages.set(index, known)
      return known
    }
    const page = this.source.events(this.session, index * PAGE, PAGE)
    this.pages.set(index, page)
    // A page that is not full yet may grow, and a failed one may succeed the next time.
    page.then(
      (events) => events.length < PAGE && this.pages.delete(index),
      () => this.pages.delete(index),
    )
    for (const oldest of this.pages.keys()) {
      if (this.pages.size <= KEPT) break
      this.pages.delete(oldest)
    }
    return page
  }
}
