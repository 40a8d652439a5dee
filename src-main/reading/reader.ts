/**
 * Reads files of others in a process of its own, one job after another. A file that makes the process hang, take too much memory or end is refused in
 * one line, and the next job gets a fresh process. A caller may stop waiting at any time, which ends the process.
 */
import { totalmem } from 'node:os'
import { CommandFailed, WorkerEnded, WorkerProcess } from '#main/fleet/worker-process.ts'
import type { CapMechanism } from '#main/fleet/memory-cap/mechanism.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { IDLE } from '#shared/events/idle.ts'
import type { Resources } from '#main/machine/resources.ts'
import type { JobInput, JobName, JobOutput } from './jobs.ts'
import { type ReaderLimits, refusal } from './refusal.ts'
import type { ReaderCommands } from './reader-worker.ts'

interface Asking {
  /** Ends the job: the read rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called with the file that is being read, and again as reading goes on. */
  readonly onFile?: (path: string) => void
}

interface Running {
  readonly worker: WorkerProcess<ReaderCommands>
  /** Resolves when the process is loaded and its memory limited. */
  readonly ready: Promise<void>
}

const PATIENCE_SECONDS = 120
const MOST_BYTES = 4 * 2 ** 30
/** V8's own limit is met before the system's, since V8 tells what happened. */
const HEAP_SHARE = 0.75
/** An idle process is kept for the next job: a form in the making asks for one at every key. */
const IDLE_MILLISECONDS = 60_000

export class Reader {
  readonly resources: Resources
  private readonly limits: ReaderLimits
  private running: Running | null = null
  /** Settles when all jobs that were asked for are over. */
  private last: Promise<unknown> = Promise.resolve()
  private busy = false
  private idle: NodeJS.Timeout | undefined
  private closed = false
  private onFile: (path: string) => void = () => {}

  constructor(
    resources: Resources,
    { patienceSeconds = PATIENCE_SECONDS, memoryBytes = Math.min(MOST_BYTES, totalmem() / 2) }: Partial<ReaderLimits> = {},
  ) {
    this.resources = resources
    this.limits = { patienceSeconds, memoryBytes }
  }

  /**
   * Runs a job of `jobs.ts`.
   * @param about the file or directory to blame where the process ends before the job has named one
   * @throws InputError as the job does, or for a file that could not be read to its end; RunFailed if others ended the process
   */
  read<Name extends JobName>(name: Name, input: JobInput<Name>, about: string, asking: Asking = {}): Promise<JobOutput<Name>> {
    const answer = this.last.then(() => this.run(name, input, about, asking))
    this.last = answer.catch(() => {})
    return answer
  }

  /** Ends the process, in the middle of a job if it has one, and refuses jobs from now on: one that waited its turn would start another process. */
  async close(): Promise<void> {
    this.closed = true
    await this.rest()
  }

  /** Ends the process; the next job starts another one. */
  private async rest(): Promise<void> {
    clearTimeout(this.idle)
    const worker = this.running?.worker
    // A process that leaves by itself keeps its compiled code for the next one.
    await (this.busy ? worker?.kill() : worker?.stop())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  private async run<Name extends JobName>(
    name: Name,
    input: JobInput<Name>,
    about: string,
    { signal, onFile }: Asking,
  ): Promise<JobOutput<Name>> {
    signal?.throwIfAborted()
    if (this.closed) throw new RunFailed(`${about} is not read any more: the lab is ending`)
    clearTimeout(this.idle)
    this.busy = true
    let file = about
    this.onFile = (path) => {
      file = path
      onFile?.(path)
    }
    const { worker, ready } = (this.running ??= this.start())
    const stop = (): void => void worker.kill()
    signal?.addEventListener('abort', stop)
    try {
      await ready
      return (await worker.call.run(name, input)) as JobOutput<Name>
    } catch (error) {
      if (error instanceof WorkerEnded && this.running?.worker === worker) this.running = null
      signal?.throwIfAborted()
      if (error instanceof WorkerEnded) throw refusal(file, error, this.limits)
      throw error instanceof CommandFailed ? error.cause : error
    } finally {
      signal?.removeEventListener('abort', stop)
      this.onFile = () => {}
      this.busy = false
      this.idle = setTimeout(() => void this.rest(), IDLE_MILLISECONDS).unref()
    }
  }

  private async untilEnded(running: Running): Promise<void> {
    await running.worker.ended
    if (this.running === running) this.running = null
  }

  private start(): Running {
    const mechanism = whatCaps()
    const { patienceSeconds, memoryBytes } = this.limits
    const worker = new WorkerProcess<ReaderCommands>({
      name: 'the reader',
      entry: this.resources.readerWorker,
      flags: [`--max-old-space-size=${Math.floor((HEAP_SHARE * memoryBytes) / 2 ** 20)}`],
      env: { NODE_COMPILE_CACHE: this.resources.compileCache },
      patienceSeconds,
      onDoing: (what) => {
        if (what !== IDLE) this.onFile(what)
      },
      ...(mechanism ? { mechanism } : {}),
    })
    const ready = worker.whenReady().then(() => void (mechanism && worker.applyCap(memoryBytes)))
    const running = { worker, ready }
    ready.catch(() => worker.kill())
    void this.untilEnded(running)
    return running
  }
}

/** Returns the mechanism that limits the process as a whole, if there is one here; V8's own limit holds in any case. */
function whatCaps(): CapMechanism | null {
  try {
    return strongestMechanism().mechanism
  } catch {
    return null
  }
}
