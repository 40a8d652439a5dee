/**
 * One emulated phone: a capped worker process that is started, lost and brought back, its own or one in which phones take turns (slots.ts). Whatever
 * process plays it gets the messages that the phone has had, so it is bit-identical with the others; a process that was killed from outside is replaced,
 * which is reported and costs the phone no round.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import type { Remote } from '#shared/rpc/peer.ts'
import type { PhoneCommands } from '#main/workers/protocol/commands.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { TrainRequest } from '#main/workers/protocol/train-request.ts'
import type { PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import { Journal } from './journal.ts'
import type { CapMechanism } from './memory-cap/mechanism.ts'
import type { MessageLog } from './message-log.ts'
import { retry } from './retry.ts'
import { restoreReplica } from './restore-replica.ts'
import { type PhoneCap, type Slot, Slots, type Tenant } from './slots.ts'
import { CommandFailed, WorkerEnded, WorkerProcess, type WorkerProgram } from './worker-process.ts'

interface PhoneOptions {
  readonly id: string
  readonly program: WorkerProgram
  readonly spec: PhoneSpec
  /** What the process in a slot trains, where each writes a file of its own. @default as the spec says */
  readonly adapterOf?: (slot: number) => PhoneSpec['adapter']
  /** @default a process of its own */
  readonly slots?: Slots
  readonly capBytes: number
  readonly mechanism: CapMechanism
  /** The place in the scenario that gave the cap, for error messages. */
  readonly where: string
  /** Records the phone's answers. @default a journal of its own, which is never stored */
  readonly journal?: Journal
}

/** The listener for a process that was killed from outside, and for its replacement. */
interface PhoneWatch {
  killed(phone: Phone, ended: WorkerEnded): void
  back(phone: Phone): void
}

export class Phone implements Tenant {
  readonly id: string
  readonly index: number
  watch: PhoneWatch = { killed: () => {}, back: () => {} }
  private readonly options: PhoneOptions
  private readonly journal: Journal
  private readonly slots: Slots
  private slot: Slot | null = null
  private log: MessageLog | null = null
  /** The number of messages that the phone has had; its process may have more. */
  private had = 0
  /** The digest of the phone's parameters when a process last told it, and the number of messages that the phone had then. */
  private proven: { readonly digest: string; readonly position: number } | null = null
  /** The request whose answer is masked. A process that replaces this one must answer it again, since only the process that masked can reveal keys. */
  private masked: ProbeRequest | null = null
  private applied: PhoneCap
  private peak = 0
  /** The resident size of the process when another phone took it over, bytes. */
  private resident = 0
  private idle = 0
  private asks = 0
  private stopped = false
  /** True while a process that was killed from outside is being replaced, before that is reported. */
  private replacing = false

  constructor(options: PhoneOptions) {
    this.id = options.id
    this.index = options.spec.phone
    this.options = options
    this.journal = options.journal ?? new Journal()
    this.slots = options.slots ?? new Slots()
    this.applied = { bytes: options.capBytes, mechanism: options.mechanism.name, enforced: options.mechanism.enforced }
  }

  get cap(): PhoneCap {
    return this.applied
  }

  /** The resident size of the worker with the runtime loaded and nothing else, bytes; 0 before the first start. */
  get idleBytes(): number {
    return this.idle
  }

  /** The largest resident size over all processes of the phone, bytes. */
  get peakBytes(): number {
    this.slot?.worker.memory()
    return Math.max(this.peak, this.slot?.worker.peakBytes ?? 0)
  }

  get pid(): number | null {
    return this.slot?.worker.pid ?? null
  }

  get kind(): string {
    const { spec, capBytes } = this.options
    const { smallestBatch = Math.min(spec.batchSize, spec.examples.labels.length) } = spec
    return `${capBytes} bytes, ${smallestBatch} rows`
  }

  get busy(): boolean {
    return this.asks > 0
  }

  leave(): Slot | null {
    const { slot } = this
    if (slot) {
      this.resident = slot.worker.memory()?.residentBytes ?? 0
      this.peak = Math.max(this.peak, slot.worker.peakBytes)
    }
    this.slot = null
    return slot
  }

  /**
   * Starts the process, caps it, loads the model and brings it to a position of `log`.
   * @param renew makes the log's saved state the newest one, for a phone that catches up by the state
   * @param had the number of messages that the phone has had @default all of them
   * @returns the digest of its parameters, as far as it was recorded
   * @throws InputError if the idle worker is larger than the cap; WorkerEnded if it died on the way
   */
  async start(log: MessageLog, renew?: (() => Promise<unknown>) | undefined, had = log.position): Promise<string | null> {
    this.log = log
    this.stopped = false
    this.had = had
    this.proven = null
    this.masked = null
    this.replacing = false
    const { idle, applied, digest } = await this.journal.through(this.id, 'start', async () => {
      await renew?.()
      const slot = await this.persevering(() => this.running())
      return { idle: this.idle, applied: this.applied, digest: slot.digest }
    })
    this.idle = idle
    this.applied = applied
    return digest ?? null
  }

  /**
   * Brings the phone to position `to` of the log, by its messages or by its saved state. Where phones take turns, a phone without a process gets the
   * messages when it has one again.
   * @param proves true if the phone must tell its digest now
   * @param renew makes the log's saved state the newest one, for a phone that catches up by the state
   * @returns the digest of its parameters; null for a phone without a process, and in records of a phone that had no update to take in
   */
  async follow(to: number, proves = false, renew?: (() => Promise<unknown>) | undefined): Promise<string | null> {
    const digest = await this.journal.through(this.id, 'follow', async () => {
      const known = this.proven?.position === to ? this.proven.digest : null
      if (!this.slot && this.slots.full && (known !== null || !proves)) return known
      return this.persevering(async () => {
        const slot = await this.running()
        if (renew && slot.held < to) {
          await renew()
          await this.takeState(slot, this.log!)
        }
        await this.takeIn(slot, this.log!, to)
        return slot.digest
      })
    })
    if (digest !== null) this.proven = { digest, position: to }
    // Whose round is over reveals no keys any more.
    if (to !== this.had) this.masked = null
    this.had = to
    return digest
  }

  async probe(request: ProbeRequest): Promise<ProbeReport> {
    const report = await this.ask('probe', (call) => call.probe(request))
    if (request.mask) this.masked = request
    return report
  }

  train(request: TrainRequest): Promise<ProbeReport> {
    return this.ask('train', (call) => call.train(request))
  }

  maskKey(): Promise<Uint8Array> {
    return this.ask('tell its key', (call) => call.maskKey())
  }

  async revealMasks(lost: readonly number[]): Promise<Uint8Array> {
    const keys = await this.ask('reveal masks', (call) => call.revealMasks(lost))
    this.masked = null
    return keys
  }

  /** Returns the resident bytes of the phone's process, or of its last one when another phone took that over; 0 if it has ended. */
  residentBytes(): number {
    return this.slot ? (this.slot.worker.memory()?.residentBytes ?? 0) : this.resident
  }

  /** Ends the process if there is one. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.takeDown()
  }

  private ask<T>(what: string, work: (call: Remote<PhoneCommands>) => Promise<T>): Promise<T> {
    return this.journal.through(this.id, what, () => this.persevering(async () => work((await this.running()).worker.call)))
  }

  private async persevering<T>(ask: () => Promise<T>): Promise<T> {
    this.asks++
    try {
      return await this.retried(ask)
    } finally {
      this.asks--
    }
  }

  private retried<T>(ask: () => Promise<T>): Promise<T> {
    const asked = async (): Promise<T> => {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof CommandFailed)) throw error
        // The process still lives, but in an unknown state, so a fresh one replaces it.
        throw new WorkerEnded(this.id, { kind: 'crash', words: `failed (${error.message.slice(0, 200)})` }, error.doing)
      }
    }
    return retry(asked, {
      again: ({ reason }) => reason.kind === 'killed' && !this.stopped,
      between: async (ended) => {
        await this.takeDown()
        this.replacing = true
        this.watch.killed(this, ended)
      },
    })
  }

  /** Returns the phone's process and replica; if it has none, gets one and brings it to the phone's state. */
  private async running(): Promise<Slot> {
    const { log, slots } = this
    if (!log) throw new Error(`phone ${this.id} does not run`)
    slots.touch(this)
    if (this.slot) return this.slot
    const { number, left } = await slots.take(this)
    try {
      if (this.stopped) await this.turnedAway(left)
      const slot = left ? await this.takeOver(left, number) : await this.startIn(number)
      this.idle = slot.idleBytes
      this.applied = slot.cap
      await this.takeState(slot, log)
      await this.takeIn(slot, log, this.had)
      if (this.masked) await slot.worker.call.probe(this.masked)
      if (this.replacing) this.watch.back(this)
      this.replacing = false
      return slot
    } catch (error) {
      await this.takeDown()
      slots.free(this)
      throw error
    }
  }

  /** Ends the process that another phone left to this one, which was stopped while it waited for it. */
  private async turnedAway(left: Slot | null): Promise<never> {
    await left?.worker.stop()
    throw new WorkerEnded(this.id, { kind: 'killed', words: 'was stopped' }, 'starting')
  }

  private async startIn(number: number): Promise<Slot> {
    const { program, mechanism, spec, capBytes, adapterOf } = this.options
    const worker = new WorkerProcess<PhoneCommands>({ ...program, mechanism })
    const slot: Slot = { worker, held: 0, digest: null, cap: this.applied, idleBytes: 0 }
    this.slot = slot
    await worker.whenReady()
    Object.assign(slot, this.capped(worker))
    // A start that fails from here on is told with the size of its idle process.
    this.idle = slot.idleBytes
    slot.digest = await worker.call.open({ ...spec, ...(adapterOf ? { adapter: adapterOf(number) } : {}), capBytes })
    return slot
  }

  private async takeOver(slot: Slot, number: number): Promise<Slot> {
    const { program, spec } = this.options
    this.slot = slot
    slot.worker.plays(program)
    try {
      await slot.worker.call.become({ phone: spec.phone, examples: spec.examples })
      return slot
    } catch (error) {
      if (!(error instanceof WorkerEnded)) throw error
      // The process had ended before this phone did anything in it, so the phone gets a fresh one.
      await slot.worker.stop()
      return this.startIn(number)
    }
  }

  /** Puts the replica into the log's saved state, unless the replica is already past it. */
  private async takeState(slot: Slot, { saved }: MessageLog): Promise<void> {
    if (!saved || saved.position <= slot.held) return
    slot.digest = await restoreReplica(slot.worker.call, saved)
    slot.held = saved.position
  }

  private async takeIn(slot: Slot, log: MessageLog, to: number): Promise<void> {
    if (!log.holds(slot.held)) await this.takeState(slot, log)
    if (slot.held >= to) return
    for (const { kind, bytes } of log.between(slot.held, to)) {
      if (kind === 'direction') await slot.worker.call.receive(bytes)
      else slot.digest = await slot.worker.call.apply(bytes)
      slot.held++
    }
  }

  private capped(worker: WorkerProcess<PhoneCommands>): Pick<Slot, 'cap' | 'idleBytes'> {
    const cap = worker.applyCap(this.options.capBytes)
    if (cap.idleBytes >= cap.capBytes) {
      throw new InputError(
        this.options.where,
        `a cap of ${formatBytes(cap.capBytes)} is too small to start`,
        `more than ${formatBytes(cap.idleBytes)}, what the idle worker already holds`,
      )
    }
    return { cap: { bytes: cap.capBytes, mechanism: cap.mechanism, enforced: cap.enforced }, idleBytes: cap.idleBytes }
  }

  private async takeDown(): Promise<void> {
    const { slot } = this
    if (!slot) return
    // Nobody may take over a process that is ending.
    this.asks++
    await slot.worker.stop()
    this.asks--
    if (this.slot !== slot) return
    this.leave()
    this.slots.free(this)
    this.resident = 0
  }
}
