/** A running session in the hands of its user: pause, go on, one round at a time, stop, and changes of its phones from the next round on. */
import type { PhoneChange, Steering } from '#main/federation/steering.ts'
import { parseChange } from '#shared/scenario/overrides.ts'

export class SessionControl implements Steering {
  /** Told when the run begins to wait at a pause, and when it goes on. */
  onWaiting: (waiting: boolean) => void = () => {}
  private stopped = false
  /** Rounds that may still begin. */
  private allowed = Infinity
  private changes: PhoneChange[] = []
  private wake: () => void = () => {}

  pause(): void {
    this.allowed = 0
  }

  proceed(): void {
    this.allowed = Infinity
    this.wake()
  }

  step(): void {
    this.allowed = 1
    this.wake()
  }

  stop(): void {
    this.stopped = true
    this.wake()
  }

  /** @param input numbers of phones and their links @throws InputError if they are no such numbers */
  tune(phones: readonly number[], input: unknown): void {
    const change = parseChange(input, 'change')
    this.changes.push(...phones.map((phone) => ({ phone, change })))
  }

  interrupted(): boolean {
    return this.stopped
  }

  async beforeRound(): Promise<readonly PhoneChange[]> {
    while (this.allowed === 0 && !this.stopped) {
      this.onWaiting(true)
      await new Promise<void>((resolve) => (this.wake = resolve))
      this.onWaiting(false)
    }
    this.allowed--
    return this.changes.splice(0)
  }
}
