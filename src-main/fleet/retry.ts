/** Asks a worker again after somebody outside ended it: first at once, then after ever longer waits, up to a number of times. */
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkerEnded } from './worker-process.ts'

/** The number of times in a row that a worker may end before it answers. */
const MOST_ENDS = 5
const FIRST_WAIT_MILLISECONDS = 250

interface RetryOptions {
  /** Returns true if another try makes sense after such an end. */
  readonly again: (ended: WorkerEnded) => boolean
  /** Called before the worker is asked again: it takes the worker down and reports its end. */
  readonly between: (ended: WorkerEnded) => Promise<void>
}

/** @throws WorkerEnded of the last try, if no further try is made */
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
