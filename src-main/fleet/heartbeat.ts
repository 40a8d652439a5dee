/**
 * Detects a worker that owes an answer but gives no sign of life. Time is counted in beats of the host's own timer and not by a clock: after a
 * clock change or a sleep of the machine, host and worker go on together and nobody is late.
 */

const BEAT_SECONDS = 5
/** The longest time that a large layer on a busy machine can keep a worker from giving a sign of life. */
const PATIENCE_SECONDS = 180

interface HeartbeatOptions {
  /** Asks the worker for a sign of life. */
  readonly ask: () => void
  /** Called when no sign of life has come for `seconds`. */
  readonly onSilence: (seconds: number) => void
  /** @default 180 */
  readonly patienceSeconds?: number | undefined
}

export class Heartbeat {
  private readonly options: HeartbeatOptions
  private readonly beatSeconds: number
  private owed = 0
  private silentBeats = 0
  private timer: NodeJS.Timeout | null = null

  constructor(options: HeartbeatOptions) {
    this.options = options
    this.beatSeconds = Math.min(BEAT_SECONDS, this.patienceSeconds / 4)
  }

  /** Starts to watch for an answer. @returns a function to call when the answer has come */
  expect(): () => void {
    if (this.owed++ === 0) {
      this.silentBeats = 0
      this.timer = setInterval(() => this.beat(), this.beatSeconds * 1000)
      this.timer.unref()
    }
    return () => {
      if (--this.owed === 0) this.end()
    }
  }

  signOfLife(): void {
    this.silentBeats = 0
  }

  end(): void {
    if (this.timer) clearInterval(this.timer)
    this.timer = null
  }

  private beat(): void {
    if (this.silentBeats * this.beatSeconds >= this.patienceSeconds) {
      this.end()
      this.options.onSilence(this.patienceSeconds)
      return
    }
    this.silentBeats++
    this.options.ask()
  }

  private get patienceSeconds(): number {
    return this.options.patienceSeconds ?? PATIENCE_SECONDS
  }
}
