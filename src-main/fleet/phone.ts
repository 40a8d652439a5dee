/**
 * One emulated phone: a capped worker process that is started, lost and brought back. A phone that comes back replays the messages
 * it missed, so it ends bit-identical with the others.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import type { PhoneCommands, PhoneSpec, ProbeReport, ProbeRequest, TrainRequest } from '#main/workers/commands.ts'
import type { CapMechanism, MechanismName } from './memory-cap/mechanism.ts'
import { WorkerProcess, type WorkerProgram } from './worker-process.ts'

/** A message that every phone gets, in the order sent. */
export interface Broadcast {
  readonly kind: 'direction' | 'update'
  readonly bytes: Uint8Array
}

export interface PhoneCap {
  readonly bytes: number
  readonly mechanism: MechanismName
  readonly enforced: boolean
}

export interface PhoneOptions {
  readonly id: string
  readonly program: WorkerProgram
  readonly spec: PhoneSpec
  readonly capBytes: number
  readonly mechanism: CapMechanism
  /** Where the cap was given, for messages. */
  readonly where: string
}

export class Phone {
  readonly id: string
  readonly index: number
  private readonly options: PhoneOptions
  private worker: WorkerProcess<PhoneCommands> | null = null
  private applied: PhoneCap
  private peak = 0
  private idle = 0

  constructor(options: PhoneOptions) {
    this.id = options.id
    this.index = options.spec.phone
    this.options = options
    this.applied = { bytes: options.capBytes, mechanism: options.mechanism.name, enforced: options.mechanism.enforced }
  }

  get cap(): PhoneCap {
    return this.applied
  }

  /** Resident size of the worker with the runtime loaded and nothing else, bytes; 0 before the first start. */
  get idleBytes(): number {
    return this.idle
  }

  /** Largest resident size over all its processes, bytes. */
  get peakBytes(): number {
    this.worker?.memory()
    return Math.max(this.peak, this.worker?.peakBytes ?? 0)
  }

  get pid(): number | null {
    return this.worker?.pid ?? null
  }

  /**
   * Starts the process, caps it, loads the model and replays `missed`.
   * @returns the digest of its parameters
   * @throws InputError if the idle worker is larger than the cap; WorkerEnded if it died on the way
   */
  async start(missed: readonly Broadcast[]): Promise<string> {
    const worker = new WorkerProcess<PhoneCommands>(this.options.program)
    this.worker = worker
    try {
      await worker.whenReady()
      const cap = worker.applyCap(this.options.mechanism, this.options.capBytes)
      this.idle = cap.idleBytes
      if (cap.idleBytes >= cap.capBytes) {
        throw new InputError(
          this.options.where,
          `a cap of ${formatBytes(cap.capBytes)} is too small to start`,
          `more than ${formatBytes(cap.idleBytes)}, what the idle worker already holds`,
        )
      }
      this.applied = { bytes: cap.capBytes, mechanism: cap.mechanism, enforced: cap.enforced }
      const digest = await worker.call.open({ ...this.options.spec, capBytes: this.options.capBytes })
      return (await this.catchUp(missed)) ?? digest
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Takes messages in, in the order sent. @returns the digest of its parameters after the last update; null if there was none */
  async catchUp(missed: readonly Broadcast[]): Promise<string | null> {
    const { call } = this.running()
    let digest: string | null = null
    for (const { kind, bytes } of missed) {
      if (kind === 'direction') await call.receive(bytes)
      else digest = await call.apply(bytes)
    }
    return digest
  }

  receive(direction: Uint8Array): Promise<void> {
    return this.running().call.receive(direction)
  }

  probe(request: ProbeRequest): Promise<ProbeReport> {
    return this.running().call.probe(request)
  }

  train(request: TrainRequest): Promise<ProbeReport> {
    return this.running().call.train(request)
  }

  maskKey(): Promise<Uint8Array> {
    return this.running().call.maskKey()
  }

  revealMasks(lost: readonly number[]): Promise<Uint8Array> {
    return this.running().call.revealMasks(lost)
  }

  apply(update: Uint8Array): Promise<string> {
    return this.running().call.apply(update)
  }

  /** Resident bytes now, 0 when it doesn't run. */
  residentBytes(): number {
    return this.worker?.memory()?.residentBytes ?? 0
  }

  /** Ends the process if there is one. */
  async stop(): Promise<void> {
    const worker = this.worker
    if (!worker) return
    await worker.stop()
    this.peak = Math.max(this.peak, worker.peakBytes)
    this.worker = null
  }

  private running(): WorkerProcess<PhoneCommands> {
    if (!this.worker) throw new Error(`phone ${this.id} does not run`)
    return this.worker
  }
}
