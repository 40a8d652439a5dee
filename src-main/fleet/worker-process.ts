/** Starts, calls, watches and ends a worker process. When it ends, every pending call is rejected with the reason in words. */
import type { ChildProcess } from 'node:child_process'
import { inspect } from 'node:util'
import { isFault } from '#shared/errors/fault.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { type Remote, connectPeer } from '#shared/rpc/peer.ts'
import { ARE_YOU_THERE } from '#main/workers/are-you-there.ts'
import type { WorkerNotices } from '#main/workers/protocol/commands.ts'
import { childEnvironment } from '#main/machine/child-environment.ts'
import { WORKER_FLAGS } from './compile-cache.ts'
import { type ExitReason, exitReason } from './exit-reason.ts'
import { Heartbeat } from './heartbeat.ts'
import type { AppliedCap, CapMechanism } from './memory-cap/mechanism.ts'
import { type ProcessMemory, forgetPeakMemory, readProcessMemory } from './memory-cap/process-memory.ts'
import { startNode } from './start-node.ts'

export interface WorkerProgram {
  /** The name of the role that it plays, for messages. @default 'a worker' */
  readonly name?: string
  /** The absolute path of the entry point. */
  readonly entry: string
  /** The absolute path of kernels.wasm. @default the worker needs no kernels */
  readonly kernels?: string
  /** Node's options beside those of every worker, then environment variables beside the lab's own. @default none */
  readonly flags?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Called when the worker begins something else, with words that follow "while". */
  readonly onDoing?: ((what: string) => void) | undefined
  /** The time without a sign of life after which a worker that owes an answer is stopped. @default 180 */
  readonly patienceSeconds?: number | undefined
  /** Called for faults of the worker's own code: what happened in one line, and a stack. */
  readonly onFault?: ((what: string, detail: string) => void) | undefined
  /** The mechanism that can cap the worker once it is ready. @default nothing */
  readonly mechanism?: CapMechanism | undefined
}

/** Thrown if the process ended while it owed an answer. */
export class WorkerEnded extends RunFailed {
  readonly reason: ExitReason
  /** The worker's last activity, in words that follow "while". */
  readonly doing: string

  constructor(name: string, reason: ExitReason, doing: string) {
    super(`${name} ${reason.words} while ${doing}`, { isFault: reason.kind === 'crash' })
    this.name = 'WorkerEnded'
    this.reason = reason
    this.doing = doing
  }
}

/** Thrown if a command failed in the process, which still lives. */
export class CommandFailed extends RunFailed {
  readonly doing: string

  constructor(error: unknown, doing: string) {
    super(error instanceof Error ? error.message : String(error), { cause: error, isFault: isFault(error) })
    this.name = 'CommandFailed'
    this.doing = doing
  }
}

/** The characters of stderr that are kept: V8 prints its reason before a long native stack, so fewer would lose it. */
const STDERR_TAIL = 32_768
const STOP_GRACE_MILLISECONDS = 2_000
const SAMPLE_MILLISECONDS = 100

export class WorkerProcess<Commands extends object> {
  /** The worker's commands. A pending one rejects with WorkerEnded when the process ends. */
  readonly call: Remote<Commands>
  readonly ended: Promise<WorkerEnded>
  private readonly child: ChildProcess
  private readonly ready: Promise<void>
  private readonly sampling: NodeJS.Timeout
  private readonly mechanism: CapMechanism | undefined
  private readonly onFault: WorkerProgram['onFault']
  private cap: AppliedCap | null = null
  private name: string
  private onDoing: WorkerProgram['onDoing']
  private doing = 'starting'
  private stderr = ''
  private peak = 0
  private end: WorkerEnded | null = null
  private readonly heartbeat: Heartbeat
  /** The seconds without a sign of life after which the worker was stopped; null if it wasn't. */
  private hungSeconds: number | null = null

  constructor({
    name: who = 'a worker',
    entry,
    kernels,
    flags = [],
    env = {},
    onDoing,
    patienceSeconds,
    mechanism,
    onFault,
  }: WorkerProgram) {
    this.name = who
    this.onDoing = onDoing
    this.mechanism = mechanism
    this.onFault = onFault
    this.child = startNode([entry, ...(kernels === undefined ? [] : [kernels])], {
      launcher: mechanism?.launcher,
      flags: [...WORKER_FLAGS, ...flags],
      // One thread computes in a worker, so one malloc arena serves it and wastes less.
      env: { ...childEnvironment(), ORT_DISABLE_TELEMETRY: '1', MALLOC_ARENA_MAX: '1', ...env },
      serialization: 'advanced',
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr = (this.stderr + text).slice(-STDERR_TAIL)))
    this.heartbeat = new Heartbeat({
      ask: () => this.send(ARE_YOU_THERE),
      onSilence: (seconds) => {
        this.hungSeconds = seconds
        this.child.kill('SIGKILL')
      },
      patienceSeconds,
    })
    let markReady: () => void
    this.ready = new Promise((resolve) => (markReady = resolve))
    const notices: WorkerNotices = {
      ready: () => markReady(),
      doing: (what) => {
        this.doing = what
        this.onDoing?.(what)
      },
    }
    const carrier = {
      post: (message: unknown) => this.send(message as object),
      // Any other message of a worker is only a sign of life.
      onMessage: (listener: (message: unknown) => void) =>
        this.child.on('message', (message) => {
          this.heartbeat.signOfLife()
          listener(message)
        }),
    }
    const worker = connectPeer<Commands, WorkerNotices>(carrier, notices)
    this.call = new Proxy(worker.call, {
      get:
        (calls, name) =>
        async (...args: never[]) => {
          if (this.end) throw this.end
          const answered = this.heartbeat.expect()
          try {
            return await (calls[name as keyof Commands] as (...args: never[]) => Promise<unknown>)(...args)
          } catch (error) {
            throw error instanceof WorkerEnded ? error : this.failed(error)
          } finally {
            answered()
          }
        },
    })
    this.ended = this.untilEnded((error) => worker.end(error))
    this.sampling = setInterval(() => this.memory(), SAMPLE_MILLISECONDS)
    this.sampling.unref()
  }

  private failed(error: unknown): CommandFailed {
    const failed = new CommandFailed(error, this.doing)
    if (failed.isFault) this.onFault?.(`${this.name} failed while ${this.doing}`, inspect(error))
    return failed
  }

  private async untilEnded(failPendingCalls: (error: Error) => void): Promise<WorkerEnded> {
    const reason = await this.untilGone()
    const ended = new WorkerEnded(this.name, reason, this.doing)
    clearInterval(this.sampling)
    this.heartbeat.end()
    this.cap?.release()
    this.end = ended
    if (ended.isFault) this.onFault?.(ended.message, this.stderr)
    failPendingCalls(ended)
    return ended
  }

  /** Waits for the exit and for all of stderr; Node's own 'close' event never comes after the parent disconnected. */
  private async untilGone(): Promise<ExitReason> {
    // A child without a process id was never started: the system has no process or no file left for it.
    if (this.child.pid === undefined) {
      const [error] = (await new Promise((resolve) => this.child.once('error', (...failure) => resolve(failure)))) as [Error]
      return { kind: 'crash', words: `could not be started (${error.message})` }
    }
    const exit = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => this.child.once('exit', (...outcome) => resolve(outcome)))
    const said = new Promise<void>((resolve) => this.child.stderr!.once('close', () => resolve()))
    const [[code, signal]] = await Promise.all([exit, said])
    return exitReason({
      code,
      signal,
      stderrTail: this.stderr,
      stoppedByCap: this.cap?.stoppedByCap() ?? false,
      capApplied: this.cap !== null,
      hungSeconds: this.hungSeconds,
    })
  }

  get pid(): number {
    return this.child.pid!
  }

  /** The largest resident size seen, bytes: the system's own high-water mark, read until the process ended. */
  get peakBytes(): number {
    return this.peak
  }

  /** Waits until the program is loaded and idle. @throws WorkerEnded if it never gets there */
  async whenReady(): Promise<void> {
    const answered = this.heartbeat.expect()
    const first = await Promise.race([this.ready, this.ended])
    answered()
    if (first instanceof WorkerEnded) throw first
  }

  /** Caps the process from now on. */
  applyCap(capBytes: number): AppliedCap {
    if (!this.mechanism) throw new Error(`${this.name} was started with nothing that could cap it`)
    this.cap = this.mechanism.apply({ pid: this.pid, capBytes })
    return this.cap
  }

  memory(): ProcessMemory | null {
    const memory = this.child.pid === undefined ? null : readProcessMemory(this.pid)
    if (memory) this.peak = Math.max(this.peak, memory.peakBytes)
    return memory
  }

  /** Forgets the largest size seen so far. @returns false if that can't be, or the process has ended */
  forgetPeak(): boolean {
    // A monitor that samples must see every peak.
    if (this.end || this.cap?.enforced === false || !forgetPeakMemory(this.pid)) return false
    this.peak = 0
    return true
  }

  /** Tells whom the process plays from now on. */
  plays({ name = 'a worker', onDoing }: Pick<WorkerProgram, 'name' | 'onDoing'>): void {
    this.name = name
    this.onDoing = onDoing
    this.doing = "taking another phone's place"
  }

  private send(message: object): void {
    if (this.child.connected) this.child.send(message, () => {})
  }

  /** Ends the process at once, whatever it does. */
  async kill(): Promise<WorkerEnded> {
    this.memory()
    this.child.kill('SIGKILL')
    return this.ended
  }

  /** Asks the process to leave, waits, then kills it. */
  async stop(): Promise<WorkerEnded> {
    this.memory()
    if (this.child.connected) this.child.disconnect()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_GRACE_MILLISECONDS)
    const ended = await this.ended
    clearTimeout(timer)
    return ended
  }
}
