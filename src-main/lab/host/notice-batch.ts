/** Events of one session on their way to the windows: told together once a frame, since a fleet makes hundreds a second. */
import type { LabNotices, PhoneDoing } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'

/** Two frames of a screen: what people see still moves, and a window draws once for all of it. */
const BATCH_MILLISECONDS = 33

export class NoticeBatch {
  private readonly session: string
  private readonly notices: Pick<LabNotices, 'events' | 'doing'>
  private events: LabEvent[] = []
  private doing = new Map<number, string>()
  private timer: NodeJS.Timeout | null = null
  /** Index of the first event that hasn't been told. */
  private from: number

  /** @param from events the session had before */
  constructor(session: string, notices: Pick<LabNotices, 'events' | 'doing'>, from = 0) {
    this.session = session
    this.notices = notices
    this.from = from
  }

  add(event: LabEvent): void {
    this.events.push(event)
    this.schedule()
  }

  /** Only the latest words of each phone are told. */
  addDoing(phone: number, words: string): void {
    this.doing.set(phone, words)
    this.schedule()
  }

  /** Tells at once what waits. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    const [events, doing] = [this.events, [...this.doing].map(([phone, words]): PhoneDoing => ({ phone, words }))]
    this.events = []
    this.doing = new Map()
    if (events.length > 0) this.notices.events(this.session, this.from, events)
    this.from += events.length
    if (doing.length > 0) this.notices.doing(this.session, doing)
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.flush(), BATCH_MILLISECONDS)
  }
}
