/**
 * Bottleneck adapters (Houlsby et al. 2019, arXiv 1902.00751): a small network with a residual connection of its own after each of a
 * block's two branches, before these join the residual stream: y' = y + U f(D y + d) + u, f the model's own activation.
 * Trained: D [size, H], d [size], U [H, size] and u [H], after the attention's output projection and after the feed-forward output. D
 * starts normal with variance 1 / H, the others at zero: training starts at the checkpoint's function.
 */
import { activation } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import { matmul, transposeLast } from '#main/engine/operators/linear.ts'
import type { Value } from '#main/engine/onnx/graph.ts'
import type { AdapterSite, Architecture, BlockAdapter, AdapterTensor } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/model-config.ts'

export interface BottleneckSpec {
  readonly kind: 'bottleneck'
  /** The width of the bottleneck. */
  readonly size: number
}

/** The names of the linear layers at the end of the two branches. */
const BRANCH_ENDS = ['output', 'ffn-output']

export function bottleneck(architecture: Architecture, config: ModelConfig, { size }: BottleneckSpec): BlockAdapter {
  const targets = architecture.linearTargets(config)
  const layers = BRANCH_ENDS.map((end) => targets[end]!)
  return {
    tensors: layers.flatMap(({ name, outFeatures }): AdapterTensor[] => [
      { name: `${name}.adapter_down.weight`, shape: [size, outFeatures], deviation: 1 / Math.sqrt(outFeatures) },
      { name: `${name}.adapter_down.bias`, shape: [size], deviation: 0 },
      { name: `${name}.adapter_up.weight`, shape: [outFeatures, size], deviation: 0 },
      { name: `${name}.adapter_up.bias`, shape: [outFeatures], deviation: 0 },
    ]),
    afterLinear(site, { name }, _x, y) {
      if (!layers.some((layer) => layer.name === name)) return y
      const narrow = activation(site.graph, dense(site, site.byPoint(y), `${name}.adapter_down`), config.activation)
      return add(site.graph, y, site.rows(dense(site, narrow, `${name}.adapter_up`)))
    },
  }
}

/** @param x [P, N S, in] @returns [P, N S, out] */
function dense(site: AdapterSite, x: Value, name: string): Value {
  const product = matmul(site.graph, x, transposeLast(site.graph, site.tensor(`${name}.weight`)))
  return add(site.graph, product, site.vector(`${name}.bias`))
}
