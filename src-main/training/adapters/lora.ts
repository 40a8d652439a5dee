/**
 * LoRA (Hu et al. 2021, arXiv 2106.09685): low-rank updates of chosen linear layers, y = W x + b + (alpha / rank) B A x.
 * Trained: A [rank, in] and B [out, rank] of each of them. A starts normal with variance 1 / in, B at zero: training starts at the
 * checkpoint's function.
 */
import { add, scale } from '#main/engine/operators/arithmetic.ts'
import { matmul, transposeLast } from '#main/engine/operators/linear.ts'
import type { Architecture, BlockAdapter, AdapterTensor } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { InputError } from '#shared/errors/input-error.ts'

export interface LoraSpec {
  readonly kind: 'lora'
  readonly rank: number
  readonly alpha: number
  /** The linear layers to update, by the names that scenarios use. */
  readonly targets: readonly string[]
}

/** @throws InputError for a target that the architecture lacks */
export function lora(architecture: Architecture, config: ModelConfig, { rank, alpha, targets }: LoraSpec): BlockAdapter {
  const known = architecture.linearTargets(config)
  const found = targets.map((target) => {
    const layer = known[target]
    if (!layer) throw new InputError('model.adapter.targets', `"${target}"`, `one of ${Object.keys(known).join(', ')}`)
    return layer
  })
  // Several targets may name one layer, which then gets one adapter.
  const layers = [...new Map(found.map((layer) => [layer.name, layer])).values()]
  return {
    tensors: layers.flatMap(({ name, inFeatures, outFeatures }): AdapterTensor[] => [
      { name: `${name}.lora_A.weight`, shape: [rank, inFeatures], deviation: 1 / Math.sqrt(inFeatures) },
      { name: `${name}.lora_B.weight`, shape: [outFeatures, rank], deviation: 0 },
    ]),
    afterLinear(site, { name }, x, y) {
      if (!layers.some((layer) => layer.name === name)) return y
      const { graph } = site
      const [a, b] = [site.tensor(`${name}.lora_A.weight`), site.tensor(`${name}.lora_B.weight`)]
      const low = scale(graph, matmul(graph, site.byPoint(x), transposeLast(graph, a)), alpha / rank)
      return add(graph, y, site.rows(matmul(graph, low, transposeLast(graph, b))))
    },
  }
}
