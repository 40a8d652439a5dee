/** Brings a worker back that somebody outside ended, and asks it again: first at once, then after ever longer waits, and not for ever. */
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkerEnded } from './worker-process.ts'

/** Ends of a worker in a row before an answer. */
const MOST_ENDS = 5
const FIRST_WAIT_MILLISECONDS = 250

export interface RetryOptions {
  /** Whether it is worth another try after such an end. */
  readonly again: (ended: WorkerEnded) => boolean
  /** Before it is asked again: it is taken down, and whoever watches is told. */
  readonly between: (ended: WorkerEnded) => Promise<void>
}

/** @throws WorkerEnded the last time it ended */
export async function retry<T>(ask: () => Promise<T>, { again, between }: RetryOptions): Promise<T> {
  for (let ends = 1; ; ends++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof WorkerEnded) || ends >= MOST_ENDS || !again(error)) throw error
      await between(error)
      if (ends > 1) await sleep(FIRST_WAIT_MILLISECONDS * 2 ** (ends - 2))
    }
  }
}
