/**
 * The cloud's process, which is replaced whenever it ends: a new one starts from the last saved state and repeats the changes since. Callers notice
 * nothing but a longer wait.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { Remote } from '#shared/rpc/peer.ts'
import type { Guidance } from '#main/workers/protocol/cloud-guidance.ts'
import type { CloudCommands, CloudMemory, Restoring } from '#main/workers/protocol/commands.ts'
import type { CloudSpec } from '#main/workers/protocol/training-spec.ts'
import type { Journal } from './journal.ts'
import type { MessageLog, SavedReplica } from './message-log.ts'
import { retry } from './retry.ts'
import { restoreReplica } from './restore-replica.ts'
import { WorkerProcess, type WorkerProgram } from './worker-process.ts'

type Asked = Omit<CloudCommands, 'open' | 'save' | keyof Restoring | 'restoreResiduals'>
/** A call that changes the cloud's state. @returns the digest of its parameters; null if the call gives none */
type Change = (call: Remote<CloudCommands>) => Promise<string | null>

/** A saved state of the cloud: that of its replica, and what it holds beside. */
export interface SavedCloud extends SavedReplica {
  /** The number of changes that led to this state. */
  readonly changes: number
  readonly residuals: CloudMemory['residuals']
}

interface CloudOptions {
  readonly program: WorkerProgram
  readonly journal: Journal
  readonly log: MessageLog
  readonly emit: (event: LabEvent) => void
  /** The state that an earlier run saved; null or undefined if there is none. */
  readonly saved?: SavedCloud | null | undefined
}

const NAME = 'the cloud'

export class CloudProcess implements Remote<Asked> {
  private readonly options: CloudOptions
  private worker: WorkerProcess<CloudCommands> | null = null
  private spec: CloudSpec | null = null
  private saved: SavedCloud | null
  private count = 0
  /** The changes since the saved state. */
  private changes: { readonly change: Change; readonly digest: string | null }[] = []
  private peak = 0
  private stopped = false

  constructor(options: CloudOptions) {
    this.options = options
    this.saved = options.saved ?? null
  }

  open(spec: CloudSpec): ReturnType<Remote<CloudCommands>['open']> {
    this.spec = spec
    return this.options.journal.through(NAME, 'open', () => this.persevering(async () => (await this.fresh()).opened))
  }

  async guide(...how: Parameters<CloudCommands['guide']>): Promise<Guidance> {
    const guidance = await this.ask('guide', (call) => call.guide(...how))
    this.changed(async (call) => {
      await call.guide(...how)
      return null
    }, null)
    return guidance
  }

  async step(...how: Parameters<CloudCommands['step']>): ReturnType<Remote<CloudCommands>['step']> {
    const result = await this.ask('step', (call) => call.step(...how))
    this.changed(async (call) => (await call.step(...how)).digest, result.digest)
    return result
  }

  async receive(direction: Uint8Array): Promise<void> {
    await this.ask('receive', (call) => call.receive(direction))
    this.changed(async (call) => {
      await call.receive(direction)
      return null
    }, null)
  }

  async apply(update: Uint8Array): Promise<string> {
    const digest = await this.ask('apply', (call) => call.apply(update))
    this.changed((call) => call.apply(update), digest)
    return digest
  }

  evaluate(): ReturnType<Remote<CloudCommands>['evaluate']> {
    return this.ask('evaluate', (call) => call.evaluate())
  }

  /** Saves the cloud's state, which is also that of every replica that has all messages. @returns null if the state can't be saved */
  async save(): Promise<SavedCloud | null> {
    const state = await this.persevering(async () => (await this.running()).call.save())
    if (state === null) return null
    this.saved = { ...this.options.log.save(state.replica), changes: this.count, residuals: state.residuals }
    this.changes = []
    return this.saved
  }

  sampleMemory(): void {
    const memory = this.worker?.memory()
    if (!memory) return
    this.peak = Math.max(this.peak, memory.peakBytes)
    this.options.emit({ kind: 'cloud-sampled', residentBytes: memory.residentBytes, peakBytes: this.peak })
  }

  async stop(): Promise<void> {
    this.stopped = true
    await this.takeDown()
  }

  private ask<T>(what: string, work: (call: Remote<CloudCommands>) => Promise<T>): Promise<T> {
    return this.options.journal.through(NAME, what, () => this.persevering(async () => work((await this.running()).call)))
  }

  private changed(change: Change, digest: string | null): void {
    if (++this.count > (this.saved?.changes ?? 0)) this.changes.push({ change, digest })
  }

  private persevering<T>(ask: () => Promise<T>): Promise<T> {
    return retry(ask, {
      again: () => !this.stopped,
      between: async ({ reason: { kind, words }, doing }) => {
        await this.takeDown()
        this.options.emit({ kind: 'cloud-ended', reason: kind, words, doing })
      },
    })
  }

  private async running(): Promise<WorkerProcess<CloudCommands>> {
    return this.worker ?? (await this.fresh()).worker
  }

  /** Starts a process and brings it to the cloud's present state. */
  private async fresh() {
    if (!this.spec) throw new Error('the cloud was never opened')
    const worker = new WorkerProcess<CloudCommands>({ ...this.options.program, name: NAME })
    this.worker = worker
    try {
      await worker.whenReady()
      const opened = await worker.call.open(this.spec)
      if (this.saved) {
        await restoreReplica(worker.call, this.saved)
        await worker.call.restoreResiduals(this.saved.residuals)
      }
      // Weights in a file may already contain a change, which then changes nothing. Only the digest after the last change can therefore be compared.
      const inFile = this.spec.adapter.kind === 'full'
      for (const [i, { change, digest }] of this.changes.entries()) {
        const again = await change(worker.call)
        const comparable = !inFile || i === this.changes.length - 1
        if (comparable && again !== digest) throw new RunFailed(`the cloud came back with parameters ${again} in place of ${digest}`)
      }
      return { worker, opened }
    } catch (error) {
      await this.takeDown()
      throw error
    }
  }

  private async takeDown(): Promise<void> {
    await this.worker?.stop()
    this.worker = null
  }
}
