/** The virtual clock. It jumps from event to event, never looks at the machine's clock and never goes back. */
import { OrderedQueue } from './ordered-queue.ts'

export class VirtualClock<T> {
  private readonly events = new OrderedQueue<T>()
  private seconds: number

  constructor(startSeconds = 0) {
    this.seconds = startSeconds
  }

  get now(): number {
    return this.seconds
  }

  /** Plans `event` for `atSeconds`, which must not be in the past. */
  plan(atSeconds: number, event: T): void {
    if (!(atSeconds >= this.seconds && Number.isFinite(atSeconds)))
      throw new RangeError(`an event at ${atSeconds} s when it is ${this.seconds} s`)
    this.events.put(atSeconds, event)
  }

  /** Advances to the next planned time. @returns all events of that time, in the order planned; empty if none are left */
  advance(): T[] {
    const due: T[] = []
    if (this.events.size === 0) return due
    this.seconds = this.events.leastKey
    while (this.events.leastKey === this.seconds) due.push(this.events.take() as T)
    return due
  }
}
