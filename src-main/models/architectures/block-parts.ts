/**
 * Linear layers, normalisations and heads of a block, with whatever adapter there is: an architecture builds its block from these and
 * gets every adapter. All work on rows [P N S, features]; an adapter's tensors have one copy per point, so it needs the rows by point,
 * [P, N S, features].
 */
import { add, multiply } from '#main/engine/operators/arithmetic.ts'
import { frozenLinear } from '#main/engine/operators/frozen-weight.ts'
import { layerNorm, rmsNorm } from '#main/engine/operators/normalise.ts'
import { concatIntegers, first, reshape, shapeOf, sliceShape, transpose } from '#main/engine/operators/shape.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { AdapterSite, BlockAdapter, LinearTarget } from './architecture.ts'

/** Rows of all points, one after another. */
const ROWS = 'PNS'

export class BlockParts implements AdapterSite {
  readonly graph: Graph
  /** The block's input [P, N, S, H]. */
  readonly x: Value
  private readonly adapter: BlockAdapter | null
  private readonly shape: Value

  constructor(graph: Graph, adapter: BlockAdapter | null, hidden: number) {
    this.graph = graph
    this.adapter = adapter
    this.x = graph.input('x', ['P', 'N', 'S', hidden])
    this.shape = shapeOf(graph, this.x)
  }

  /** The block's input as rows [P N S, H]. */
  get input(): Value {
    const hidden = this.x.shape[3] as number
    return reshape(this.graph, this.x, this.graph.integers([-1, hidden]), [ROWS, hidden])
  }

  /** The inverse of `input`: [P, N, S, H]. */
  output(rows: Value): Value {
    return reshape(this.graph, rows, this.shape, this.x.shape)
  }

  /** A linear layer and what the adapter makes of it. @param x [P N S, in] @returns [P N S, out] */
  linear(x: Value, layer: LinearTarget): Value {
    const plain = (bias?: Value): Value => frozenLinear(this.graph, x, layer, bias)
    const y = layer.bias === false ? plain() : this.shifted(`${layer.name}.bias`, layer.outFeatures, plain)
    return this.adapter?.afterLinear(this, layer, x, y) ?? y
  }

  /** Layer normalisation. @param x [P N S, features] */
  norm(x: Value, name: string, epsilon: number): Value {
    const features = x.shape[1] as number
    const gamma = this.graph.input(`${name}.weight`, [features])
    return this.shifted(`${name}.bias`, features, (beta) => layerNorm(this.graph, x, gamma, beta, epsilon))
  }

  /** Root-mean-square normalisation over the last dimension. */
  rmsNorm(x: Value, name: string, epsilon: number): Value {
    return rmsNorm(this.graph, x, this.graph.input(`${name}.weight`, [x.shape.at(-1) as number]), epsilon)
  }

  /** Rows cut into heads: [P, N, heads, S, width]. */
  heads(rows: Value, heads: number, width: number): Value {
    return transpose(this.graph, this.split(rows, heads, width), [0, 1, 3, 2, 4])
  }

  /**
   * Rows that all points and sequences share through a linear layer, cut into heads: [1, 1, heads, R, width], or [P, 1, heads, R, width]
   * where the layer has an adapter.
   * @param x [R, in]
   */
  sharedHeads(x: Value, layer: LinearTarget, heads: number, width: number): Value {
    const { graph } = this
    const count = x.shape[0] as number
    const adapted = this.adapter?.tensors.some(({ name }) => name.startsWith(`${layer.name}.`)) ?? false
    const copies = adapted ? this.repeated(x) : x
    const rows = adapted ? this.linear(copies, layer) : this.linear(x, layer)
    const split = reshape(graph, rows, graph.integers([-1, count, heads, width]), [adapted ? 'P' : 1, count, heads, width])
    const byHead = transpose(graph, split, [0, 2, 1, 3])
    return reshape(graph, byHead, graph.integers([-1, 1, heads, count, width]), [adapted ? 'P' : 1, 1, heads, count, width])
  }

  /** [R, features] once per point: [P R, features]. */
  private repeated(x: Value): Value {
    const { graph } = this
    const [count, features] = x.shape as [number, number]
    const ones = first(graph, first(graph, first(graph, this.x, 3), 2), 1)
    const still = multiply(graph, reshape(graph, ones, graph.integers([-1, 1, 1]), ['P', 1, 1]), graph.scalar(0))
    const all = add(graph, still, reshape(graph, x, graph.integers([1, count, features]), [1, count, features]))
    return reshape(graph, all, graph.integers([-1, features]), [`P*${count}`, features])
  }

  /** Splits rows like `heads`, but without the transposition: [P, N, S, heads, width]. */
  split(rows: Value, heads: number, width: number): Value {
    const target = concatIntegers(this.graph, [sliceShape(this.graph, this.shape, 0, 3), this.graph.integers([heads, width])])
    return reshape(this.graph, rows, target, ['P', 'N', 'S', heads, width])
  }

  /** The inverse of `heads`: [P N S, heads width]. */
  joined(byHead: Value): Value {
    const [, , heads, , width] = byHead.shape as [string, string, number, string, number]
    const features = heads * width
    return reshape(this.graph, transpose(this.graph, byHead, [0, 1, 3, 2, 4]), this.graph.integers([-1, features]), [ROWS, features])
  }

  /** Makes a shape of the first `count` dimensions of x, followed by `rest`. */
  shapeWith(count: number, rest: readonly number[]): Value {
    return concatIntegers(this.graph, [sliceShape(this.graph, this.shape, 0, count), this.graph.integers(rest)])
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
    return reshape(this.graph, rows, target, ['P', rows.shape[0] === ROWS ? 'NS' : sharedCount(rows), features])
  }

  rows(byPoint: Value): Value {
    const features = byPoint.shape[2] as number
    const count = byPoint.shape[1]!
    return reshape(this.graph, byPoint, this.graph.integers([-1, features]), [count === 'NS' ? ROWS : `P*${count}`, features])
  }

  /** Applies an operation that ends in adding a bias. A trained bias differs from point to point, so it is added separately. */
  private shifted(bias: string, features: number, operation: (bias?: Value) => Value): Value {
    if (!this.adapter?.tensors.some(({ name }) => name === bias)) return operation(this.graph.input(bias, [features]))
    return this.rows(add(this.graph, this.byPoint(operation()), this.vector(bias)))
  }
}

/** Rows of each point, where all sequences share them. */
function sharedCount(rows: Value): number {
  return Number(String(rows.shape[0]).slice('P*'.length))
}
