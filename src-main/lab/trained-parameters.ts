/** Decides what a session trains, an adapter or every weight, and makes the specification of it for the session's processes. */
import { statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { scratchFolder } from '#main/machine/scratch.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type HeadSpec, classesOf } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import { type AdapterSpec, blockAdapter } from '#main/training/adapters/block-adapter.ts'
import type { FullSpec } from '#main/training/full-parameters/open-full.ts'
import { writeStartingWeights } from '#main/training/full-parameters/starting-weights.ts'
import { weightLayout } from '#main/training/full-parameters/weight-layout.ts'
import { type ParameterLayout, type SavedStart, parameterLayout } from '#main/training/parameters.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { startingAdapter } from './starting-adapter.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { formatBytes } from '#shared/units/bytes.ts'

export interface TrainedParameters extends Disposable {
  readonly layout: ParameterLayout
  /** The adapter; null if every weight is trained and the graphs have none. */
  readonly adapter: BlockAdapter | null
  /** The saved adapter that replicas start from, if there is one. */
  readonly saved?: SavedStart | undefined
  /** The most room on disk that the replicas take, bytes. */
  readonly diskBytes: number
  /** Returns the specification for the replica of that name. */
  of(replica: string): AdapterSpec | FullSpec
}

/**
 * If all weights are trained, makes a folder for the session in `scratch`, with the file that all replicas start from. The folder is removed when the
 * result is disposed of.
 * @throws InputError if an adapter doesn't fit the model or there is no room for its weights
 */
export function trainedParameters(
  { model: { adapter: named }, seed }: Scenario,
  model: Model,
  head: HeadSpec,
  replicas: number,
  scratch: string,
): TrainedParameters {
  const { architecture, config } = model
  const { adapter, start: saved } = startingAdapter(named, model)
  if (adapter.kind !== 'full') {
    const own = blockAdapter(architecture, config, adapter)
    const layout = parameterLayout(architecture, config, own, head)
    return { layout, adapter: own, diskBytes: 0, saved, of: () => adapter, [Symbol.dispose]: () => {} }
  }
  if (architecture.adapterPrefix !== undefined || architecture.blockWeights(config).some(({ shared }) => shared)) {
    const found = `"full" with a ${config.modelType}, whose layers share weights`
    throw new InputError('model.adapter.kind', found, '"lora", "bitfit" or "bottleneck"')
  }
  const layout = weightLayout(architecture, config, classesOf(head))
  const diskBytes = fullDiskBytes(layout.size, replicas)
  const { bavail, bsize } = statfsSync(scratch)
  if (diskBytes > bavail * bsize) {
    const found = `"full", whose files take ${formatBytes(diskBytes)} in ${scratch}, where ${formatBytes(bavail * bsize)} are free`
    throw new InputError(
      'model.adapter.kind',
      found,
      'more room there, fewer phones, a smaller model, or another folder for temporary files',
    )
  }
  const folder = scratchFolder(scratch, 'weights')
  const remove = (): void => folder[Symbol.dispose]()
  const start = join(folder.path, 'start.safetensors')
  try {
    writeStartingWeights(start, model, layout, seed)
  } catch (error) {
    remove()
    throw error
  }
  return {
    layout,
    adapter: null,
    diskBytes,
    of: (replica) => ({ kind: 'full', start, own: join(folder.path, `${replica}.safetensors`) }),
    [Symbol.dispose]: remove,
  }
}

/**
 * Computes the disk space in bytes: every replica has a file beside the one that all start from, and a replica that is applying an update writes another
 * one.
 */
export function fullDiskBytes(elements: number, replicas: number): number {
  const atOnce = Math.min(replicas, availableParallelism() + 1)
  return 4 * elements * (1 + replicas + atOnce)
}
