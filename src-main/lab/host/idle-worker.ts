/** Measures the memory of a worker on this machine before it opens a model, on which every prediction of memory rests. */
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { WorkerProcess } from '#main/fleet/worker-process.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'

export interface IdleWorker {
  readonly residentBytes: number
  /** The part of the resident bytes in pages of programs and libraries, which all workers share. */
  readonly sharedBytes: number
}

/** The idle worker of a Linux desktop of 2025, for callers without the time to measure one. */
export const USUAL_IDLE_WORKER: IdleWorker = { residentBytes: 90e6, sharedBytes: 44e6 }

/** Starts a worker, measures it and ends it, in about half a second. */
export async function measureIdleWorker(resources: Resources): Promise<IdleWorker> {
  await warmCompileCache(resources, [resources.deviceWorker])
  const worker = new WorkerProcess<object>({ entry: resources.deviceWorker, kernels: kernelsPath(resources) })
  try {
    await worker.whenReady()
    const { residentBytes = 0, fileBytes } = worker.memory() ?? {}
    // If the system doesn't tell the shared bytes, half of the resident size is assumed, which is about right.
    return { residentBytes, sharedBytes: fileBytes ?? Math.round(residentBytes / 2) }
  } finally {
    await worker.stop()
  }
}
