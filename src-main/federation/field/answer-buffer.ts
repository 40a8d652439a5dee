/**
 * The server's buffer of answers, which come whenever a phone is done (FedBuff, Nguyen et al. 2022, arXiv 2106.06639): when it holds
 * `bufferSize` of them, the model moves on one version.
 *
 *     staleness  tau = version of the model now - version the answer was probed at
 *     ghat = sum over the buffer of s(tau_i) w_i g_i,   s(tau) = (1 + tau)^-1/2  or 1,   w_i: the phones' shares of the buffer's rows
 *
 * As in FedBuff, the weights s are not normalised to add up to 1: stale answers also shorten the step.
 */

interface VersionedAnswer {
  readonly phone: number
  /** The version of the model that the answer was probed at. */
  readonly version: number
}

type StalenessWeight = 'polynomial' | 'constant'

export class AnswerBuffer<T extends VersionedAnswer> {
  private readonly bufferSize: number
  private readonly maxStaleness: number
  private waiting: T[] = []
  private current = 0

  /** @param maxStaleness an answer that is staler than this when it arrives is dropped */
  constructor(bufferSize: number, maxStaleness: number) {
    this.bufferSize = bufferSize
    this.maxStaleness = maxStaleness
  }

  /** The version of the model; 0 at first. */
  get version(): number {
    return this.current
  }

  /** Takes an answer in, unless it is too stale. @returns whether it was taken */
  put(answer: T): boolean {
    if (this.current - answer.version > this.maxStaleness) return false
    this.waiting.push(answer)
    return true
  }

  /** Empties a full buffer and moves the model on by one version. @returns the answers in the order they came; null if the buffer is not full */
  take(): { answer: T; staleness: number }[] | null {
    if (this.waiting.length < this.bufferSize) return null
    const answers = this.waiting.map((answer) => ({ answer, staleness: this.current - answer.version }))
    this.waiting = []
    this.current++
    return answers
  }
}

export function stalenessWeight(staleness: number, kind: StalenessWeight): number {
  return kind === 'constant' ? 1 : 1 / Math.sqrt(1 + staleness)
}
