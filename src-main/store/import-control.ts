/**
 * The progress of the import that a store's thread is busy with, and its cancellation by another thread. Both are in shared memory, since a thread that
 * imports reads no messages.
 */
import { InputError } from '#shared/errors/input-error.ts'

/** The index of the share that is done, in thousandths, or -1 while nothing is imported; below, that of whether the import is cancelled. */
const DONE = 0
const CANCELLED = 1
const IDLE = -1

export class ImportControl {
  /** The shared memory that is handed to the other thread. */
  readonly memory: SharedArrayBuffer
  private readonly state: Int32Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
    this.state = new Int32Array(this.memory)
    if (memory === undefined) Atomics.store(this.state, DONE, IDLE)
  }

  /** The share that is done, from 0 to 1; null while nothing is imported. */
  get share(): number | null {
    const done = Atomics.load(this.state, DONE)
    return done === IDLE ? null : done / 1000
  }

  /** Runs an import in the other thread, where one runs at a time. Once the signal is aborted, the import ends without storing anything. */
  async watched<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    Atomics.store(this.state, CANCELLED, 0)
    const cancel = (): void => void Atomics.store(this.state, CANCELLED, 1)
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return await work()
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Does the work of an import, in the thread that imports. @param where names the file in errors @throws InputError once the import is cancelled */
  run<T>(where: string, work: (onProgress: (share: number) => void) => T): T {
    Atomics.store(this.state, DONE, 0)
    try {
      return work((share) => {
        Atomics.store(this.state, DONE, Math.round(1000 * share))
        if (Atomics.load(this.state, CANCELLED) === 1)
          throw new InputError(where, 'an import that was cancelled', 'one that goes on (nothing was imported)')
      })
    } finally {
      Atomics.store(this.state, DONE, IDLE)
    }
  }
}
