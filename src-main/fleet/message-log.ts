/**
 * The messages that every replica gets, in the order sent. A replica that was lost or was left out follows them from where it stood, or from
 * a state that another one had: since all are bit-identical, one state serves all, and what was sent before it is forgotten but for its size.
 */
import type { SavedState } from '#main/training/replica.ts'

export interface Message {
  readonly kind: 'direction' | 'update'
  readonly bytes: Uint8Array
}

/** A replica after so many messages. */
export interface SavedReplica {
  readonly position: number
  readonly replica: SavedState
  /** What its pool was made of, oldest first. */
  readonly directions: readonly Uint8Array[]
}

export class MessageLog {
  private readonly poolSize: number
  private state: SavedReplica | null
  /** Those after the state. */
  private messages: Message[] = []
  /** Bytes of the first so many messages. */
  private readonly totals = [0]
  private newest: Uint8Array[] = []

  /**
   * @param poolSize directions that a replica keeps
   * @param state of messages that are yet to be pushed: they are counted only
   */
  constructor(poolSize = 0, state: SavedReplica | null = null) {
    this.poolSize = poolSize
    this.state = state
  }

  get position(): number {
    return this.totals.length - 1
  }

  get saved(): SavedReplica | null {
    return this.state
  }

  push(message: Message): void {
    this.totals.push(this.totals.at(-1)! + message.bytes.length)
    if (message.kind === 'direction') this.newest = [...this.newest, message.bytes].slice(-this.poolSize || Infinity)
    if (this.position > (this.state?.position ?? 0)) this.messages.push(message)
  }

  /** Messages from one position to another; none from before the saved state. */
  between(from: number, to: number): Message[] {
    const base = this.state?.position ?? 0
    return this.messages.slice(Math.max(0, from - base), Math.max(0, to - base))
  }

  bytesBetween(from: number, to: number): number {
    return this.totals[to]! - this.totals[from]!
  }

  /** All replicas that have every message are in this state. */
  save(replica: SavedState): SavedReplica {
    this.state = { position: this.position, replica, directions: this.newest }
    this.messages = []
    return this.state
  }
}
