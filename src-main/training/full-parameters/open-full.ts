/** A replica of all weights with the sweep around it, over one arena of the size they need: one layer, whatever the model. */
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import type { Model } from '#main/models/model.ts'
import type { ReplicaSpec } from '../replica.ts'
import { budgetUnder } from '../sweep-budget.ts'
import { DisplacedWeights } from './displaced-weights.ts'
import { FullReplica, type WeightFiles } from './full-replica.ts'
import { FullSweep } from './full-sweep.ts'
import { weightLayout } from './weight-layout.ts'

/** The specification that replaces an adapter's when every weight is trained. */
export interface FullSpec extends WeightFiles {
  readonly kind: 'full'
}

/** @param kernels bytes of resources/kernels.wasm @param capBytes of the whole process, if it has a cap */
export async function openFull(
  model: Model,
  classes: number,
  files: WeightFiles,
  spec: ReplicaSpec,
  kernels: BufferSource,
  capBytes?: number,
): Promise<{ replica: FullReplica; sweep: FullSweep }> {
  const layout = weightLayout(model.architecture, model.config, classes)
  const arena = new Arena(FullReplica.bytes + DisplacedWeights.bytes(layout))
  const replica = new FullReplica(layout, spec, files, arena, loadKernels(arena.memory, kernels))
  const budget = budgetUnder(capBytes, arena.memory.buffer.byteLength)
  return { replica, sweep: await FullSweep.create(model, replica, classes, arena, budget) }
}
