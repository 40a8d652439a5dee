import { describe, expect, test } from 'vitest'
import { activation, tanh } from '#main/engine/operators/activations.ts'
import { add, erf, exp, multiply } from '#main/engine/operators/arithmetic.ts'
import { linear } from '#main/engine/operators/linear.ts'
import { saved } from '#main/engine/operators/saved.ts'
import { differentiate } from '#main/engine/onnx/differentiate.ts'
import { forwardDifferentiate } from '#main/engine/onnx/forward-differentiate.ts'
import { flops } from '#main/engine/onnx/graph-flops.ts'
import { Graph, type Value } from '#main/engine/onnx/graph.ts'
import { linearise } from '#main/engine/onnx/linearise.ts'
import { requiredInputs } from '#main/engine/onnx/serialise.ts'
import { GraphSession, type Feeds } from '#main/engine/runtime/onnx-session.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { type OperatorCase, operatorCases, sizeOfShape } from './operator-cases.ts'

const K = 3

interface Example {
  readonly points: Float32Array[]
  /** Per input, K directions end to end. */
  readonly directions: Float32Array[]
}

function exampleOf(name: string, { shapes }: OperatorCase): Example {
  const stream = new Stream(deriveKey(2, name))
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => stream.normal())
  return { points: shapes.map((shape) => draw(sizeOfShape(shape))), directions: shapes.map((shape) => draw(K * sizeOfShape(shape))) }
}

function feedsOf({ shapes, feeds }: OperatorCase, { points, directions }: Example): Feeds {
  const values = points.map((data, i) => [`x${i}`, { data, dims: shapes[i]! }] as const)
  const tangents = directions.map((data, i) => [`d x${i}`, { data, dims: [K, ...shapes[i]!] }] as const)
  return { ...feeds, ...Object.fromEntries([...values, ...tangents]) }
}

/** A case's graph with tangents of the inputs for which `moves` holds. */
function tangentGraph({ shapes, build }: OperatorCase, moves: (input: number) => boolean): { graph: Graph; tangents: Value[]; y: Value } {
  const graph = new Graph()
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape))
  const y = build(graph, inputs)
  const given = new Map(inputs.flatMap((x, i) => (moves(i) ? [[x, graph.input(`d x${i}`, ['K', ...x.shape])] as const] : [])))
  graph.output('y', y)
  const [tangent] = forwardDifferentiate(graph, given, [y])
  expect(tangent!.shape).toEqual(['K', ...y.shape])
  graph.output('d y', tangent!)
  return { graph, tangents: [...given.values()], y }
}

describe('the tangents of each operator', () => {
  for (const [name, example] of Object.entries(operatorCases)) {
    test(`match central differences and reverse mode: ${name}`, async () => {
      const at = exampleOf(name, example)
      const { graph, y } = tangentGraph(example, () => true)
      using session = await GraphSession.create(graph, 'tangents')
      const found = await session.run(feedsOf(example, at))
      const size = found['y']!.data.length

      const step = 5e-3
      for (let k = 0; k < K; k++) {
        const moved = async (by: number): Promise<Float32Array> => {
          const points = at.points.map((point, i) => point.map((x, j) => x + by * at.directions[i]![k * point.length + j]!))
          return (await session.run(feedsOf(example, { ...at, points })))['y']!.data
        }
        const [plus, minus] = [await moved(step), await moved(-step)]
        for (let j = 0; j < size; j++) {
          const numeric = (plus[j]! - minus[j]!) / (2 * step)
          expect(Math.abs(found['d y']!.data[k * size + j]! - numeric)).toBeLessThan(4e-3 * Math.max(1, Math.abs(numeric)))
        }
      }

      // <w, J v> by forward mode = <J^T w, v> by reverse mode.
      const backward = new Graph()
      const inputs = example.shapes.map((shape, i) => backward.input(`x${i}`, shape))
      const value = example.build(backward, inputs)
      differentiate(backward, value, backward.input('seed', value.shape), inputs).forEach((g, i) => backward.output(`g${i}`, g))
      using reverse = await GraphSession.create(backward, 'reverse')
      const stream = new Stream(deriveKey(3, name))
      const weights = Float32Array.from({ length: size }, () => stream.normal())
      const gradients = await reverse.run({ ...feedsOf(example, at), seed: { data: weights, dims: y.shape as number[] } })
      for (let k = 0; k < K; k++) {
        const forward = dot(weights, found['d y']!.data.subarray(k * size, (k + 1) * size))
        const expected = at.points.reduce(
          (sum, { length }, i) => sum + dot(gradients[`g${i}`]!.data, at.directions[i]!.subarray(k * length, (k + 1) * length)),
          0,
        )
        expect(Math.abs(forward - expected)).toBeLessThan(2e-5 * Math.max(1, Math.abs(expected)) * Math.sqrt(size))
      }
    })
  }

  for (const [name, example] of Object.entries(operatorCases).filter(([, { shapes }]) => shapes.length > 1)) {
    test(`of one input are those of all with the others at rest: ${name}`, async () => {
      const at = exampleOf(name, example)
      using whole = await GraphSession.create(tangentGraph(example, () => true).graph, 'whole')
      for (const alone of example.shapes.keys()) {
        using single = await GraphSession.create(tangentGraph(example, (i) => i === alone).graph, 'single')
        const directions = at.directions.map((direction, i) => (i === alone ? direction : direction.map(() => 0)))
        const expected = await whole.run(feedsOf(example, { ...at, directions }))
        const found = await single.run(feedsOf(example, { ...at, directions }))
        expect(found['d y']!.dims).toEqual(expected['d y']!.dims)
        found['d y']!.data.forEach((x, j) => expect(x).toBeCloseTo(expected['d y']!.data[j]!, 5))
      }
    })
  }
})

describe('a graph cut in two', () => {
  for (const [name, example] of Object.entries(operatorCases)) {
    test(`gives the same values and tangents: ${name}`, async () => {
      const at = exampleOf(name, example)
      const { graph, tangents } = tangentGraph(example, () => true)
      const parts = linearise(graph, tangents, [[graph.outputs.at(-1)!]])
      using whole = await GraphSession.create(graph, 'whole')
      using primal = await GraphSession.create(parts.primal, 'primal')
      using second = await GraphSession.create(parts.linear[0]!, 'linear')
      const feeds = feedsOf(example, at)
      const expected = await whole.run(feeds)
      const values = await primal.run(feeds)
      expect(Object.keys(values).toSorted()).toEqual(['y', ...parts.residuals.map((value) => value.name)].toSorted())
      const found = await second.run({ ...feeds, ...values })
      expect(Object.keys(found)).toEqual(['d y'])
      values['y']!.data.forEach((x, j) => expect(x).toBeCloseTo(expected['y']!.data[j]!, 5))
      found['d y']!.data.forEach((x, j) => expect(x).toBeCloseTo(expected['d y']!.data[j]!, 4))
    })
  }

  test('computes nothing of the values with the tangents', () => {
    const graph = new Graph()
    const x = graph.input('x', ['R', 4])
    const weight = graph.input('w', [6, 4])
    const dx = graph.input('d x', ['K', 'R', 4])
    const y = activation(graph, linear(graph, x, weight), 'gelu')
    graph.output('y', y)
    graph.output('d y', forwardDifferentiate(graph, new Map([[x, dx]]), [y])[0]!)
    const {
      primal,
      linear: [tangents],
      residuals,
    } = linearise(graph, [dx], [[graph.outputs.at(-1)!]])
    // Of GELU only its slope is left over: one product with it per tangent.
    expect(residuals.map(({ shape }) => shape)).toEqual([['R', 6]])
    expect(requiredInputs(tangents!)).toEqual(['w', 'd x', residuals[0]!.name])
    expect(requiredInputs(primal)).toEqual(['x', 'w'])
    const product = 2 * 5 * 4 * 6
    expect([flops(primal, { R: 5, K: 3 }), flops(tangents!, { R: 5, K: 3 })]).toEqual([product, 3 * product])
  })
})

test('the tangent of a saved value is that of what it was computed from', async () => {
  const graph = new Graph()
  const [x, kept, dx] = [graph.input('x', [2]), graph.input('kept', [2]), graph.input('d x', ['K', 2])]
  const y = tanh(graph, saved(graph, kept, exp(graph, x)))
  graph.output('d y', forwardDifferentiate(graph, new Map([[x, dx]]), [y])[0]!)
  using session = await GraphSession.create(graph, 'saved')
  const point = { data: Float32Array.of(0, 1), dims: [2] }
  const result = await session.run({
    x: point,
    kept: { data: Float32Array.of(0.5, 0.25), dims: [2] },
    'd x': { data: Float32Array.of(1, 1, -2, 3), dims: [2, 2] },
  })
  const slopes = [(1 - Math.tanh(0.5) ** 2) * Math.exp(0), (1 - Math.tanh(0.25) ** 2) * Math.exp(1)]
  ;[slopes[0]!, slopes[1]!, -2 * slopes[0]!, 3 * slopes[1]!].forEach((slope, i) => expect(result['d y']!.data[i]).toBeCloseTo(slope, 5))
})

test('an equal node is built once, another operator or attribute apart', () => {
  const graph = new Graph()
  const [x, y] = [graph.input('x', [2]), graph.input('y', [2])]
  expect(multiply(graph, x, y)).toBe(multiply(graph, x, y))
  const others = [
    multiply(graph, x, y),
    multiply(graph, y, x),
    add(graph, x, y),
    activation(graph, x, 'gelu'),
    activation(graph, x, 'gelu_new'),
  ]
  expect(new Set(others).size).toBe(5)
  expect(graph.nodes.length).toBe(5)
})

test('an operator without a rule and an output that does not move are refused when the graph is built', () => {
  const graph = new Graph()
  const [x, other, dx] = [graph.input('x', [2]), graph.input('other', [2]), graph.input('d x', ['K', 2])]
  const given = new Map([[x, dx]])
  expect(() => forwardDifferentiate(graph, given, [multiply(graph, other, add(graph, other, other))])).toThrow('no tangent reaches mul')
  expect(() => forwardDifferentiate(graph, given, [erf(graph, x)])).toThrow('Erf has no forward derivative')
})

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0)
}
