/**
 * All phones of a session. A phone that fails is told about, left out of the rest of the round, and brought back before the next one
 * with the messages it missed; one that fails again and again stays out.
 */
import { availableParallelism } from 'node:os'
import type { LabEvent } from '#shared/events/event.ts'
import type { ProbeReport, ProbeRequest } from '#main/workers/commands.ts'
import type { Broadcast, Phone } from './phone.ts'
import { WorkerEnded } from './worker-process.ts'

/** Starts of one phone in a session; one that needs more is out. */
const MAXIMUM_STARTS = 3

export class Fleet {
  readonly phones: readonly Phone[]
  private readonly emit: (event: LabEvent) => void
  private readonly log: Broadcast[] = []
  private readonly up = new Set<Phone>()
  private readonly starts = new Map<Phone, number>()
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
        bytesDown = this.log.reduce((sum, { bytes }) => sum + bytes.length, 0)
      } finally {
        // Also told of a process that ended while it loaded the model: it is a start, and its idle size is known.
        this.emit({ kind: 'phone-started', phone: phone.index, idleBytes: phone.idleBytes, restarts: starts - 1, bytesDown })
      }
    })
    return this.phones.filter((phone) => this.up.has(phone)).map(({ index }) => index)
  }

  async broadcast(kind: 'direction', bytes: Uint8Array): Promise<void> {
    this.log.push({ kind, bytes })
    await this.each([...this.up], (phone) => phone.receive(bytes))
  }

  async probe(request: ProbeRequest): Promise<Map<number, ProbeReport>> {
    const reports = new Map<number, ProbeReport>()
    await this.each([...this.up], async (phone) => void reports.set(phone.index, await phone.probe(request)))
    return reports
  }

  async update(bytes: Uint8Array): Promise<Map<number, string>> {
    this.log.push({ kind: 'update', bytes })
    const digests = new Map<number, string>()
    await this.each([...this.up], async (phone) => void digests.set(phone.index, await phone.apply(bytes)))
    return digests
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
