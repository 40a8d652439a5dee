/**
 * Records the answers of a session's workers, for each worker in the order asked. Everything else that the host knows follows from them, so a session
 * that broke off resumes by running again with these answers in place of the workers' work, until there are none left. The record has one part per
 * round, of which one at a time is in memory.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { serialiseValue, deserialiseValue } from '#main/machine/serialised-values.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { ExitReason } from './exit-reason.ts'
import { WorkerEnded } from './worker-process.ts'

type Entry = readonly [
  worker: string,
  call: string,
  outcome: { readonly value: unknown } | { readonly ended: { readonly reason: ExitReason; readonly doing: string } },
]

/** The parts that an earlier run recorded, each as `take` returned it. */
export interface RecordedParts {
  readonly count: number
  read(part: number): Promise<Uint8Array>
}

const NOTHING: RecordedParts = { count: 0, read: () => Promise.reject(new Error('nothing is recorded')) }

export class Journal {
  private readonly parts: RecordedParts
  private read = 0
  private reading: Promise<void> = Promise.resolve()
  /** The answers read so far that have not been replayed yet. */
  private readonly recorded = new Map<string, Entry[]>()
  private left = 0
  private entries: Entry[] = []

  /** @param parts @default none, for a session that begins */
  constructor(parts: RecordedParts = NOTHING) {
    this.parts = parts
  }

  /** True while there are recorded answers left to replay. */
  get replaying(): boolean {
    return this.left > 0 || this.read < this.parts.count
  }

  /**
   * Returns the recorded answer; if there is none left, calls `live` and records its answer.
   * @throws WorkerEnded if the worker was lost at this point; RunFailed if the record has the answer to another call here
   */
  async through<T>(worker: string, call: string, live: () => Promise<T>): Promise<T> {
    const entry = await this.next(worker)
    if (entry) {
      const [, asked, outcome] = entry
      if (asked !== call)
        throw new RunFailed(`${worker} was asked to ${asked} in the record and to ${call} now: it was made by another version of the lab`)
      if ('ended' in outcome) throw new WorkerEnded(worker, outcome.ended.reason, outcome.ended.doing)
      return outcome.value as T
    }
    try {
      const value = await live()
      this.entries.push([worker, call, { value }])
      return value
    } catch (error) {
      if (error instanceof WorkerEnded) this.entries.push([worker, call, { ended: { reason: error.reason, doing: error.doing } }])
      throw error
    }
  }

  /** Returns the worker's next recorded answer; undefined if none is left. */
  private async next(worker: string): Promise<Entry | undefined> {
    while (!this.recorded.get(worker)?.length && this.read < this.parts.count)
      await (this.reading = this.reading.then(() => this.readFor(worker)))
    const entry = this.recorded.get(worker)?.shift()
    if (entry) this.left--
    return entry
  }

  /** Reads one more part, unless a concurrent call has already read one with an answer of this worker. */
  private async readFor(worker: string): Promise<void> {
    if (this.recorded.get(worker)?.length || this.read === this.parts.count) return
    const part = deserialiseValue(inflateRawSync(await this.parts.read(this.read)), `part ${this.read + 1} of the session's record`)
    for (const entry of part as Entry[]) {
      const queue = this.recorded.get(entry[0])
      if (queue) queue.push(entry)
      else this.recorded.set(entry[0], [entry])
      this.left++
    }
    this.read++
  }

  /** Returns the answers recorded since the last call. */
  take(): Uint8Array {
    const part = deflateRawSync(serialiseValue(this.entries), { level: 1 })
    this.entries = []
    return part
  }
}
