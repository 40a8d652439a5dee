/** What a worker holds on this machine before it opens a model: every prediction of memory rests on it. */
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { WorkerProcess } from '#main/fleet/worker-process.ts'
import { type Resources, kernelsPath } from '../resources.ts'

/** Starts one and ends it; half a second. @returns resident bytes */
export async function measureIdleWorker(resources: Resources): Promise<number> {
  await warmCompileCache(resources.compileCache, [resources.deviceWorker])
  const worker = new WorkerProcess<object>({ entry: resources.deviceWorker, kernels: kernelsPath(resources) })
  try {
    await worker.whenReady()
    return worker.memory()?.residentBytes ?? 0
  } finally {
    await worker.stop()
  }
}
