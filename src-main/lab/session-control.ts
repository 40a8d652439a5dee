/** The controls of a running session: pause, go on, step one round, stop, and change the numbers of phones from the next round on. */
import type { PhoneChange, Steering } from '#main/federation/steering.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { parseChange } from '#shared/scenario/overrides.ts'

export class SessionControl implements Steering {
  /** Called when the run begins to wait at a pause (true), and when it goes on (false). */
  onWaiting: (waiting: boolean) => void = () => {}
  private readonly stopping = new AbortController()
  /** The number of rounds that may still begin. */
  private allowed = Infinity
  private changes: PhoneChange[] = []
  private wake: () => void = () => {}
  private readonly phones: number

  /** @param phones the number of phones in the session */
  constructor(phones = Infinity) {
    this.phones = phones
  }

  get signal(): AbortSignal {
    return this.stopping.signal
  }

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
    this.stopping.abort(new RunFailed('stopped before it began, while it read its files'))
    this.wake()
  }

  /** @param input new numbers of the phones and their links @throws InputError for invalid numbers, or a phone that doesn't exist */
  tune(phones: readonly number[], input: unknown): void {
    const change = parseChange(input, 'change')
    const unknown = phones.find((phone) => !(Number.isInteger(phone) && phone >= 0 && phone < this.phones))
    if (unknown !== undefined) throw new InputError('phones', String(unknown), `indices of phones, from 0 to ${this.phones - 1}`)
    this.changes.push(...phones.map((phone) => ({ phone, change })))
  }

  interrupted(): boolean {
    return this.signal.aborted
  }

  async beforeRound(): Promise<readonly PhoneChange[]> {
    while (this.allowed === 0 && !this.signal.aborted) {
      this.onWaiting(true)
      await new Promise<void>((resolve) => (this.wake = resolve))
      this.onWaiting(false)
    }
    this.allowed--
    return this.changes.splice(0)
  }
}
