/**
 * All phones of a session. A phone that fails is told about, left out of the rest of the round, and brought back before the next one
 * with the messages it missed; one that fails again and again stays out.
 */
import { availableParallelism } from 'node:os'
import type { LabEvent } from '#shared/events/event.ts'
import type { ProbeReport, ProbeRequest, TrainRequest } from '#main/workers/commands.ts'
import type { Broadcast, Phone } from './phone.ts'
import { WorkerEnded } from './worker-process.ts'

/** Starts of one phone in a session; one that needs more is out. */
const MAXIMUM_STARTS = 3

/** What a phone that was left out for a while gets before it takes part again. */
export interface CaughtUp {
  /** Of the messages it had missed. */
  readonly bytes: number
  /** Of its parameters; null if no update was among them. */
  readonly digest: string | null
}

export class Fleet {
  readonly phones: readonly Phone[]
  private readonly emit: (event: LabEvent) => void
  private readonly log: Broadcast[] = []
  private readonly up = new Set<Phone>()
  private readonly starts = new Map<Phone, number>()
  /** Messages of the log that a phone has. */
  private readonly received = new Map<Phone, number>()
  /** Indices of the phones that take part; null: all. */
  private engaged: ReadonlySet<number> | null = null
  private round = 0
  private stopping = false

  constructor(phones: readonly Phone[], emit: (event: LabEvent) => void) {
    this.phones = phones
    this.emit = emit
  }

  /** Starts every phone that is down and not out. @returns indices of those that are up, ascending */
  async muster(round: number): Promise<number[]> {
    this.round = round
    const down = this.phones.filter((phone) => !this.up.has(phone) && (this.starts.get(phone) ?? 0) < MAXIMUM_STARTS)
    await this.each(down, async (phone) => {
      const starts = (this.starts.get(phone) ?? 0) + 1
      this.starts.set(phone, starts)
      let bytesDown = 0
      try {
        await phone.start(this.log)
        this.up.add(phone)
        this.received.set(phone, this.log.length)
        bytesDown = total(this.log)
      } finally {
        // Also told of a process that ended while it loaded the model: it is a start, and its idle size is known.
        this.emit({ kind: 'phone-started', phone: phone.index, idleBytes: phone.idleBytes, restarts: starts - 1, bytesDown })
      }
    })
    return this.phones.filter((phone) => this.up.has(phone)).map(({ index }) => index)
  }

  /** Only these take part from now on, having got what they missed. @returns of those that are up, by index */
  async engage(phones: readonly number[]): Promise<Map<number, CaughtUp>> {
    this.engaged = new Set(phones)
    return this.answers(async (phone) => {
      const missed = this.log.slice(this.received.get(phone)!)
      const digest = await phone.catchUp(missed)
      this.received.set(phone, this.log.length)
      return { bytes: total(missed), digest }
    })
  }

  async broadcast(kind: 'direction', bytes: Uint8Array): Promise<void> {
    this.log.push({ kind, bytes })
    await this.answers(async (phone) => {
      await phone.receive(bytes)
      this.received.set(phone, this.log.length)
    })
  }

  /** @param most probes of phones that make fewer than asked for, by index */
  probe(request: ProbeRequest, most?: ReadonlyMap<number, number>): Promise<Map<number, ProbeReport>> {
    return this.answers((phone) => {
      const fewer = most?.get(phone.index)
      return phone.probe(fewer === undefined ? request : { ...request, most: fewer })
    })
  }

  train(request: TrainRequest): Promise<Map<number, ProbeReport>> {
    return this.answers((phone) => phone.train(request))
  }

  update(bytes: Uint8Array): Promise<Map<number, string>> {
    this.log.push({ kind: 'update', bytes })
    return this.answers(async (phone) => {
      const digest = await phone.apply(bytes)
      this.received.set(phone, this.log.length)
      return digest
    })
  }

  maskKeys(): Promise<Map<number, Uint8Array>> {
    return this.answers((phone) => phone.maskKey())
  }

  revealMasks(lost: readonly number[]): Promise<Map<number, Uint8Array>> {
    return this.answers((phone) => phone.revealMasks(lost))
  }

  sampleMemory(): void {
    for (const phone of this.phones) {
      if (this.up.has(phone)) this.sample(phone)
    }
  }

  async stop(): Promise<void> {
    this.stopping = true
    await Promise.all(this.phones.map((phone) => phone.stop()))
  }

  /** What the phones that take part answer, by index; one that is lost meanwhile has no entry. */
  private async answers<T>(ask: (phone: Phone) => Promise<T>): Promise<Map<number, T>> {
    const answers = new Map<number, T>()
    const asked = [...this.up].filter(({ index }) => this.engaged?.has(index) ?? true)
    await this.each(asked, async (phone) => void answers.set(phone.index, await ask(phone)))
    return answers
  }

  /** Runs `work` on each phone, as many at a time as there are cores; a phone whose process ends is taken down. */
  private async each(phones: readonly Phone[], work: (phone: Phone) => Promise<void>): Promise<void> {
    const waiting = [...phones]
    const failures: unknown[] = []
    const lane = async (): Promise<void> => {
      for (let phone = waiting.shift(); phone; phone = waiting.shift()) {
        try {
          await work(phone)
        } catch (error) {
          // A phone that ends because all of them are told to is not lost.
          if (!(error instanceof WorkerEnded)) failures.push(error)
          else if (!this.stopping) await this.lost(phone, error)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), phones.length) }, lane))
    if (failures.length > 0) throw failures[0]
  }

  private async lost(phone: Phone, { reason, doing }: WorkerEnded): Promise<void> {
    this.up.delete(phone)
    await phone.stop()
    this.sample(phone)
    this.emit({
      kind: 'phone-ended',
      phone: phone.index,
      round: this.round,
      reason: reason.kind,
      words: reason.words,
      doing,
      final: this.starts.get(phone)! >= MAXIMUM_STARTS,
    })
  }

  private sample(phone: Phone): void {
    const { index, peakBytes } = phone
    this.emit({ kind: 'memory-sampled', phone: index, residentBytes: phone.residentBytes(), peakBytes })
  }
}

function total(messages: readonly Broadcast[]): number {
  return messages.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
