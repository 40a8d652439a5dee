/**
 * The places for worker processes in which the phones of a fleet take turns. All replicas are bit-identical, so a phone that nobody asks is data: its
 * rows, its counters, and the number of messages that it has had. Whoever follows it in its place goes on with the replica that is there.
 */
import type { PhoneCommands } from '#main/workers/protocol/commands.ts'
import type { MechanismName } from './memory-cap/mechanism.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface PhoneCap {
  readonly bytes: number
  readonly mechanism: MechanismName
  readonly enforced: boolean
}

/** A process, and what is known of it whoever it plays. */
export interface Slot {
  readonly worker: WorkerProcess<PhoneCommands>
  /** Messages that its replica has, and the digest of its parameters after them. */
  held: number
  digest: string | null
  cap: PhoneCap
  /** Resident size with the runtime loaded and nothing else, bytes. */
  idleBytes: number
}

/** A phone, as its slot sees it. */
export interface Tenant {
  /** Phones of the same kind can follow each other in one process, which keeps the cap and the batch memory of the first phone that it played. */
  readonly kind: string
  /** True while something is asked of it. */
  readonly busy: boolean
  /** Gives its process away. @returns null if it has none */
  leave(): Slot | null
}

/** The place that a phone got. */
interface Place {
  /** The number of the place, from 0; where every weight is trained, the file of its process is named by it. */
  readonly number: number
  /** The process that another phone left; null if the place is empty. */
  readonly left: Slot | null
}

export class Slots {
  /** The number of processes at once, at most. */
  readonly count: number
  /** The place of every phone that has one; those come first that were asked longest ago. */
  private readonly places = new Map<Tenant, number>()
  private readonly freed: number[] = []

  /** @param count @default every phone has a place of its own */
  constructor(count = Infinity) {
    this.count = count
  }

  /** True if a phone can get a place only by another's leaving. */
  get full(): boolean {
    return this.places.size >= this.count
  }

  /** Notes that a phone is asked. */
  touch(phone: Tenant): void {
    const number = this.places.get(phone)
    if (number === undefined) return
    this.places.delete(phone)
    this.places.set(phone, number)
  }

  /**
   * Gives a phone a place: an empty one, or that of the phone of its kind which was asked longest ago. If no phone of its kind rests, the process of
   * another is stopped for it.
   * @throws Error if every place is that of a phone which is being asked
   */
  async take(phone: Tenant): Promise<Place> {
    if (!this.full) {
      const number = this.freed.pop() ?? this.places.size
      this.places.set(phone, number)
      return { number, left: null }
    }
    const resting = [...this.places.keys()].filter(({ busy }) => !busy)
    const former = resting.find(({ kind }) => kind === phone.kind) ?? resting[0]
    if (!former) throw new Error(`more than ${this.count} phones are asked at once`)
    const number = this.places.get(former)!
    this.places.delete(former)
    this.places.set(phone, number)
    const slot = former.leave()
    if (slot && former.kind === phone.kind && slot.worker.forgetPeak()) return { number, left: slot }
    await slot?.worker.stop()
    return { number, left: null }
  }

  /** Takes its place from a phone whose process has ended. */
  free(phone: Tenant): void {
    const number = this.places.get(phone)
    if (number === undefined) return
    this.places.delete(phone)
    this.freed.push(number)
  }
}
