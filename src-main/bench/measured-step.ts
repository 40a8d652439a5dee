/** Takes one training step in a process of its own, measures its resident memory, and finds out if it completes under a cap that is really set. */
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { WorkerEnded, WorkerProcess } from '#main/fleet/worker-process.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'

/** A training step that a worker can take. */
export interface WorkerStep<Commands extends object> {
  /** The entry point of the worker. */
  readonly entry: string
  /** Opens the model and takes the step. @param capBytes the cap in force, for a worker that heeds it; null if there is none */
  take(call: WorkerProcess<Commands>['call'], capBytes: number | null): Promise<void>
}

export interface StepMemory {
  /** The worker with the runtime loaded and nothing else. */
  readonly idleBytes: number
  /** High-water mark of its resident memory. */
  readonly peakBytes: number
  /** The early end of the worker, in words; null if the step completed. */
  readonly ended: string | null
  readonly seconds: number
}

/** @param capBytes null for none @throws what the step throws, but for the end of a process under a cap */
export async function measuredStep<Commands extends object>(
  resources: Resources,
  { entry, take }: WorkerStep<Commands>,
  capBytes: number | null,
): Promise<StepMemory> {
  const worker = new WorkerProcess<Commands>({
    entry,
    kernels: kernelsPath(resources),
    mechanism: capBytes === null ? undefined : strongestMechanism().mechanism,
  })
  try {
    await worker.whenReady()
    const idleBytes = worker.memory()?.residentBytes ?? 0
    if (capBytes !== null) worker.applyCap(capBytes)
    const started = performance.now()
    const ended = await take(worker.call, capBytes).then(
      () => null,
      (error: unknown) => {
        if (capBytes === null || !(error instanceof WorkerEnded)) throw error
        return error.message
      },
    )
    worker.memory()
    return { idleBytes, peakBytes: worker.peakBytes, ended, seconds: (performance.now() - started) / 1000 }
  } finally {
    await worker.stop()
  }
}
