/**
 * What the workers of a session answered, worker by worker in the order asked. Everything else that the host knows follows from it, so a
 * session that broke off goes on by running again with these answers in place of the workers' work, until there are none left.
 */
import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { ExitReason } from './exit-reason.ts'
import { WorkerEnded } from './worker-process.ts'

type Entry = readonly [
  worker: string,
  call: string,
  outcome: { readonly value: unknown } | { readonly ended: { readonly reason: ExitReason; readonly doing: string } },
]

export class Journal {
  private readonly recorded = new Map<string, Entry[]>()
  private left = 0
  private entries: Entry[] = []

  /** @param parts of an earlier run, as `take` gave them */
  constructor(parts: readonly Uint8Array[] = []) {
    for (const part of parts) {
      for (const entry of deserialize(inflateRawSync(part)) as Entry[]) {
        const queue = this.recorded.get(entry[0])
        if (queue) queue.push(entry)
        else this.recorded.set(entry[0], [entry])
        this.left++
      }
    }
    // Taken from their ends, which costs nothing.
    for (const queue of this.recorded.values()) queue.reverse()
  }

  /** Answers are still taken from the record. */
  get replaying(): boolean {
    return this.left > 0
  }

  /**
   * The recorded answer, or else what `live` answers, which is recorded.
   * @throws WorkerEnded if the worker was lost; RunFailed if another question was asked then
   */
  async through<T>(worker: string, call: string, live: () => Promise<T>): Promise<T> {
    const queue = this.recorded.get(worker)
    const entry = queue?.pop()
    if (entry) {
      this.left--
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

  /** What was recorded since the last time. */
  take(): Uint8Array {
    const part = deflateRawSync(serialize(this.entries), { level: 1 })
    this.entries = []
    return part
  }
}
