/**
 * Linear layers and normalisations of a block, with whatever adapter there is: an architecture builds its block from these and gets every
 * adapter. All work on rows [P N S, features]; an adapter's tensors have one copy per point, so it needs the rows by point, [P, N S, features].
 */
import { add } from '#main/engine/operators/arithmetic.ts'
import { frozenWeight } from '#main/engine/operators/frozen-weight.ts'
import { linear } from '#main/engine/operators/linear.ts'
import { layerNorm } from '#main/engine/operators/normalise.ts'
import { concatIntegers, reshape, sliceShape } from '#main/engine/operators/shape.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { AdapterSite, BlockAdapter, LinearTarget } from './architecture.ts'

/** Rows of all points, one after another. */
export const ROWS = 'PNS'

export class BlockParts implements AdapterSite {
  readonly graph: Graph
  private readonly adapter: BlockAdapter | null
  private readonly shape: Value

  /** @param shape [P, N, S, H] when it runs */
  constructor(graph: Graph, adapter: BlockAdapter | null, shape: Value) {
    this.graph = graph
    this.adapter = adapter
    this.shape = shape
  }

  /** A linear layer and what the adapter makes of it. @param x [P N S, in] @returns [P N S, out] */
  linear(x: Value, layer: LinearTarget): Value {
    const { name, inFeatures, outFeatures } = layer
    const weight = frozenWeight(this.graph, `${name}.weight`, [outFeatures, inFeatures])
    const y = this.shifted(`${name}.bias`, outFeatures, (bias) => linear(this.graph, x, weight, bias))
    return this.adapter?.afterLinear(this, layer, x, y) ?? y
  }

  /** Layer normalisation. @param x [P N S, features] */
  norm(x: Value, name: string, epsilon: number): Value {
    const features = x.shape[1] as number
    const gamma = this.graph.input(`${name}.weight`, [features])
    return this.shifted(`${name}.bias`, features, (beta) => layerNorm(this.graph, x, gamma, beta, epsilon))
  }

  tensor(name: string): Value {
    const { shape } = this.adapter!.tensors.find((tensor) => tensor.name === name)!
    return this.graph.input(name, ['P', ...shape])
  }

  vector(name: string): Value {
    const vector = this.tensor(name)
    const features = vector.shape[1] as number
    return reshape(this.graph, vector, this.graph.integers([-1, 1, features]), ['P', 1, features])
  }

  byPoint(rows: Value): Value {
    const features = rows.shape[1] as number
    const target = concatIntegers(this.graph, [sliceShape(this.graph, this.shape, 0, 1), this.graph.integers([-1, features])])
    return reshape(this.graph, rows, target, ['P', 'NS', features])
  }

  rows(byPoint: Value): Value {
    const features = byPoint.shape[2] as number
    return reshape(this.graph, byPoint, this.graph.integers([-1, features]), [ROWS, features])
  }

  /** An operation that ends in adding a bias. A trained bias differs from point to point, so that it is added apart. */
  private shifted(bias: string, features: number, operation: (bias?: Value) => Value): Value {
    if (!this.adapter?.tensors.some(({ name }) => name === bias)) return operation(this.graph.input(bias, [features]))
    return this.rows(add(this.graph, this.byPoint(operation()), this.vector(bias)))
  }
}
