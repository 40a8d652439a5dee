/**
 * The messages that every replica gets, in the order sent, and how a replica that lacks some of them catches up. Nobody is assumed to have a message:
 * a phone that was left out, was lost or begins anew is at a position of its own, and catches up by the messages since, or by the state that the
 * others are in, whichever takes fewer bytes.
 *
 * A state is what a fresh replica needs to be like the others: parameters, the optimiser's moments, the directions of the pool, and the last
 * update, on which the next one may depend. All replicas are bit-identical, so one state serves all, and the cloud can give it at any time.
 */
import type { SavedState } from '#main/training/replica.ts'

export interface ReplicaMessage {
  readonly kind: 'direction' | 'update'
  readonly bytes: Uint8Array
}

/** A replica's state after the first `position` messages. */
export interface SavedReplica {
  readonly position: number
  readonly replica: SavedState
  /** The directions of the replica's pool, oldest first. */
  readonly directions: readonly Uint8Array[]
}

interface MessageLogOptions {
  /** The number of directions in a replica's pool. @default 0 */
  readonly poolSize?: number
  /** The bytes of the parameters and of the optimiser's moments. @default Infinity: a replica's state can't be sent */
  readonly vectorBytes?: number
  /** The state that an earlier run saved. The messages before it will be pushed again, and are then only counted. @default none */
  readonly saved?: SavedReplica | null
}

/** The way in which a replica gets from its position to the newest one. */
interface CatchUp {
  readonly by: 'messages' | 'state'
  readonly bytes: number
}

export class MessageLog {
  private readonly poolSize: number
  private readonly vectorBytes: number
  private state: SavedReplica | null
  /** The messages after position `forgotten`. */
  private messages: ReplicaMessage[] = []
  private forgotten: number
  /** `totals[p]` is the number of bytes in the first p messages. */
  private readonly totals = [0]
  private newest: Uint8Array[] = []
  private lastUpdateBytes = 0

  constructor({ poolSize = 0, vectorBytes = Infinity, saved = null }: MessageLogOptions = {}) {
    this.poolSize = poolSize
    this.vectorBytes = vectorBytes
    this.state = saved
    this.forgotten = saved?.position ?? 0
  }

  get position(): number {
    return this.totals.length - 1
  }

  get saved(): SavedReplica | null {
    return this.state
  }

  push(message: ReplicaMessage): void {
    this.totals.push(this.totals.at(-1)! + message.bytes.length)
    if (message.kind === 'update') this.lastUpdateBytes = message.bytes.length
    else if (this.poolSize > 0) this.newest = [...this.newest, message.bytes].slice(-this.poolSize)
    if (this.position > this.forgotten) this.messages.push(message)
  }

  /** Returns the cheaper way from a position to the newest one. It depends only on what was sent, never on what happens to be saved or held. */
  catchUp(from: number): CatchUp {
    const messages = this.totals.at(-1)! - this.totals[from]!
    const state = this.vectorBytes + this.newest.reduce((sum, { length }) => sum + length, 0) + this.lastUpdateBytes
    return messages <= state ? { by: 'messages', bytes: messages } : { by: 'state', bytes: state }
  }

  /** True if all messages after a position are still held. */
  holds(from: number): boolean {
    return from >= this.forgotten
  }

  /** Returns the messages from one position to another. @throws Error if one of them is forgotten */
  between(from: number, to: number): readonly ReplicaMessage[] {
    if (!this.holds(from)) throw new Error(`messages after ${from} are asked for, and those up to ${this.forgotten} are forgotten`)
    return this.messages.slice(from - this.forgotten, to - this.forgotten)
  }

  /**
   * Takes over the state of replicas that have every message. A message before it is forgotten as soon as the state is the cheaper way for everybody
   * who lacks that message. The state stays cheaper from then on: each new message adds all its bytes to the way by messages, and at most as many to
   * the state.
   */
  save(replica: SavedState): SavedReplica {
    this.state = { position: this.position, replica, directions: this.newest }
    let oldest = this.forgotten
    while (oldest < this.position && this.catchUp(oldest).by === 'state') oldest++
    this.messages = this.messages.slice(oldest - this.forgotten)
    this.forgotten = oldest
    return this.state
  }
}
