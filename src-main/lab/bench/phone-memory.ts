/** Resident memory of a real phone process that takes a zeroth-order step under an enforced cap. */
import { warmCompileCache } from '#main/fleet/compile-cache.ts'
import { strongestMechanism } from '#main/fleet/memory-cap/strongest.ts'
import { WorkerEnded, WorkerProcess } from '#main/fleet/worker-process.ts'
import { writeUpdate } from '#main/network/codec/update-frame.ts'
import { encodePlan } from '#main/training/update-plan.ts'
import { type PhoneCommands, type PhoneSpec, packExamples } from '#main/workers/commands.ts'
import { type Resources, kernelsPath } from '../resources.ts'
import { LORA, type Workload, rowsOf } from './workload.ts'

export interface PhoneMemory {
  readonly probe: PhoneSpec['probe']
  readonly directions: number
  /** Forward passes of the batch that the step was worth. */
  readonly forwardPasses: number
  /** The worker with the runtime loaded and nothing else. */
  readonly idleBytes: number
  readonly openBytes: number
  readonly peakBytes: number
  readonly seconds: number
}

export interface CappedPhone {
  readonly capBytes: number
  readonly mechanism: string
  readonly enforced: boolean
  /** How it ended before it was done; null if it got through. */
  readonly ended: string | null
  readonly memory: PhoneMemory | null
}

/** One phone in a process of its own: opens the model, probes its batch, applies an update. */
export async function phoneMemory(
  resources: Resources,
  workload: Workload,
  { probe, directions, capBytes }: { probe: PhoneSpec['probe']; directions: number; capBytes: number },
): Promise<CappedPhone> {
  await warmCompileCache(resources.compileCache, [resources.deviceWorker])
  const worker = new WorkerProcess<PhoneCommands>({ entry: resources.deviceWorker, kernels: kernelsPath(resources) })
  const { mechanism } = strongestMechanism()
  const cap = { capBytes, mechanism: mechanism.name, enforced: mechanism.enforced }
  try {
    await worker.whenReady()
    const { idleBytes } = worker.applyCap(mechanism, capBytes)
    const started = performance.now()
    await worker.call.open(phoneSpec(workload, probe))
    const openBytes = worker.memory()?.residentBytes ?? 0
    const request = { round: 0, guided: false, random: directions, shared: 0, project: false }
    const { forwardPasses } = await worker.call.probe(request)
    await worker.call.apply(stepAlong(directions))
    worker.memory()
    const seconds = (performance.now() - started) / 1000
    const memory = { probe, directions, forwardPasses, idleBytes, openBytes, peakBytes: worker.peakBytes, seconds }
    return { ...cap, ended: null, memory }
  } catch (error) {
    if (!(error instanceof WorkerEnded)) throw error
    return { ...cap, ended: error.message, memory: null }
  } finally {
    await worker.stop()
  }
}

/** An update along the phone's own random directions; how far makes no difference to memory. */
function stepAlong(directions: number): Uint8Array {
  return writeUpdate({
    round: 0,
    sequence: 0,
    learningRate: 1e-3,
    guided: new Float32Array(0),
    random: new Float32Array(directions).fill(1 / directions),
    integers: encodePlan({ perPhone: directions, shared: 0, project: false, phones: [0] }),
  })
}

function phoneSpec({ checkpoint, batch, classes, padId, seed }: Workload, probe: PhoneSpec['probe']): PhoneSpec {
  return {
    checkpoint,
    seed,
    classes,
    padId,
    adapter: LORA,
    replica: { seed, poolSize: 4, distribution: 'gaussian', adam: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } },
    phone: 0,
    examples: packExamples(rowsOf(batch, classes, seed)),
    batchSize: batch.sequences,
    probe,
    probeSize: 1e-3,
  }
}
