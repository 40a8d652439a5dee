/** Sends the events of one session to the windows in batches, one per frame, since a fleet makes hundreds of events a second. */
import type { LabNotices, PhoneDoing } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'

/** The time between two batches, two frames of a screen: the window still looks alive and draws once per batch. */
const BATCH_MILLISECONDS = 33

export class NoticeSender {
  private readonly session: string
  private readonly notices: Pick<LabNotices, 'events' | 'doing'>
  private events: LabEvent[] = []
  private doing = new Map<number, string>()
  private timer: NodeJS.Timeout | null = null
  /** The number of the first event that waits. */
  private from = 0

  constructor(session: string, notices: Pick<LabNotices, 'events' | 'doing'>) {
    this.session = session
    this.notices = notices
  }

  /** @param seq the number of the event in the session; numbers must follow one another */
  add(event: LabEvent, seq: number): void {
    if (this.events.length === 0) this.from = seq
    this.events.push(event)
    this.schedule()
  }

  /** Notes a phone's activity; only its latest words are sent. */
  addDoing(phone: number, words: string): void {
    this.doing.set(phone, words)
    this.schedule()
  }

  /** Sends everything that waits, at once. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    const [events, doing] = [this.events, [...this.doing].map(([phone, words]): PhoneDoing => ({ phone, words }))]
    this.events = []
    this.doing = new Map()
    if (events.length > 0) this.notices.events(this.session, this.from, events)
    if (doing.length > 0) this.notices.doing(this.session, doing)
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.flush(), BATCH_MILLISECONDS)
  }
}
