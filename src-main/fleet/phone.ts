/**
 * One emulated phone: a capped worker process that is started, lost and brought back. Every process that plays it gets the messages that the phone has
 * had, so its replica is bit-identical with the others; a process that was killed from outside is replaced before anybody notices.
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
import type { CapMechanism, MechanismName } from './memory-cap/mechanism.ts'
import type { MessageLog } from './message-log.ts'
import { retry } from './retry.ts'
import { restoreReplica } from './restore-replica.ts'
import { CommandFailed, WorkerEnded, WorkerProcess, type WorkerProgram } from './worker-process.ts'

interface PhoneCap {
  readonly bytes: number
  readonly mechanism: MechanismName
  readonly enforced: boolean
}

interface PhoneOptions {
  readonly id: string
  readonly program: WorkerProgram
  readonly spec: PhoneSpec
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

export class Phone {
  readonly id: string
  readonly index: number
  watch: PhoneWatch = { killed: () => {}, back: () => {} }
  private readonly options: PhoneOptions
  private readonly journal: Journal
  private worker: WorkerProcess<PhoneCommands> | null = null
  private log: MessageLog | null = null
  /** The number of messages that the phone has had, then that of its process, which is larger if the process began from a later state. */
  private had = 0
  private held = 0
  private digest: string | null = null
  /** The request whose answer is masked. A process that replaces this one must answer it again, since only the process that masked can reveal keys. */
  private masked: ProbeRequest | null = null
  private applied: PhoneCap
  private peak = 0
  private idle = 0
  private stopped = false
  /** True while a process that was killed from outside is being replaced, before that is reported. */
  private replacing = false

  constructor(options: PhoneOptions) {
    this.id = options.id
    this.index = options.spec.phone
    this.options = options
    this.journal = options.journal ?? new Journal()
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
    this.worker?.memory()
    return Math.max(this.peak, this.worker?.peakBytes ?? 0)
  }

  get pid(): number | null {
    return this.worker?.pid ?? null
  }

  /**
   * Starts the process, caps it, loads the model and brings it to the newest position of `log`.
   * @param renew makes the log's saved state the newest one, for a phone that catches up by the state
   * @returns the digest of its parameters, as far as it was recorded
   * @throws InputError if the idle worker is larger than the cap; WorkerEnded if it died on the way
   */
  async start(log: MessageLog, renew?: (() => Promise<unknown>) | undefined): Promise<string | null> {
    this.log = log
    this.stopped = false
    this.had = log.position
    this.masked = null
    this.replacing = false
    const { idle, applied, digest } = await this.journal.through(this.id, 'start', async () => {
      await renew?.()
      await this.persevering(async () => void (await this.running()))
      return { idle: this.idle, applied: this.applied, digest: this.digest }
    })
    this.idle = idle
    this.applied = applied
    return digest ?? null
  }

  /**
   * Brings the phone to position `to` of the log, by its messages or by its saved state.
   * @param renew makes the log's saved state the newest one, for a phone that catches up by the state
   * @returns the digest of its parameters; null in records of a phone that had no update to take in
   */
  async follow(to: number, renew?: (() => Promise<unknown>) | undefined): Promise<string | null> {
    const digest = await this.ask('follow', async (call, log) => {
      if (renew && this.held < to) {
        await renew()
        await this.takeState(call, log)
      }
      await this.takeIn(call, log, to)
      return this.digest
    })
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

  /** Returns the resident bytes of the phone's process; 0 if it has none. */
  residentBytes(): number {
    return this.worker?.memory()?.residentBytes ?? 0
  }

  /** Ends the process if there is one. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.takeDown()
  }

  private ask<T>(what: string, work: (call: Remote<PhoneCommands>, log: MessageLog) => Promise<T>): Promise<T> {
    return this.journal.through(this.id, what, () => this.persevering(async () => work((await this.running()).call, this.log!)))
  }

  private persevering<T>(ask: () => Promise<T>): Promise<T> {
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

  /** Returns the phone's process; starts one and brings it to the phone's state if there is none. */
  private async running(): Promise<WorkerProcess<PhoneCommands>> {
    if (!this.log) throw new Error(`phone ${this.id} does not run`)
    if (this.worker) return this.worker
    const worker = new WorkerProcess<PhoneCommands>({ ...this.options.program, mechanism: this.options.mechanism })
    this.worker = worker
    try {
      await worker.whenReady()
      this.cappedAt(worker)
      this.digest = await worker.call.open({ ...this.options.spec, capBytes: this.options.capBytes })
      this.held = 0
      await this.takeState(worker.call, this.log)
      await this.takeIn(worker.call, this.log, this.had)
      if (this.masked) await worker.call.probe(this.masked)
    } catch (error) {
      await this.takeDown()
      throw error
    }
    if (this.replacing) this.watch.back(this)
    this.replacing = false
    return worker
  }

  /** Puts the replica into the log's saved state, unless the replica is already past it. */
  private async takeState(call: Remote<PhoneCommands>, { saved }: MessageLog): Promise<void> {
    if (!saved || saved.position <= this.held) return
    this.digest = await restoreReplica(call, saved)
    this.held = saved.position
  }

  private async takeIn(call: Remote<PhoneCommands>, log: MessageLog, to: number): Promise<void> {
    if (!log.holds(this.held)) await this.takeState(call, log)
    if (this.held >= to) return
    for (const { kind, bytes } of log.between(this.held, to)) {
      if (kind === 'direction') await call.receive(bytes)
      else this.digest = await call.apply(bytes)
      this.held++
    }
  }

  private cappedAt(worker: WorkerProcess<PhoneCommands>): void {
    const cap = worker.applyCap(this.options.capBytes)
    if (cap.idleBytes >= cap.capBytes) {
      throw new InputError(
        this.options.where,
        `a cap of ${formatBytes(cap.capBytes)} is too small to start`,
        `more than ${formatBytes(cap.idleBytes)}, what the idle worker already holds`,
      )
    }
    this.idle = cap.idleBytes
    this.applied = { bytes: cap.capBytes, mechanism: cap.mechanism, enforced: cap.enforced }
  }

  private async takeDown(): Promise<void> {
    const worker = this.worker
    if (!worker) return
    await worker.stop()
    this.peak = Math.max(this.peak, worker.peakBytes)
    if (this.worker === worker) this.worker = null
  }
}
