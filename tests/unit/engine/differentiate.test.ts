import { describe, expect, test } from 'vitest'
import { tanh } from '#main/engine/operators/activations.ts'
import { add, exp } from '#main/engine/operators/arithmetic.ts'
import { saved } from '#main/engine/operators/saved.ts'
import { differentiate } from '#main/engine/onnx/differentiate.ts'
import { Graph } from '#main/engine/onnx/graph.ts'
import { GraphSession, type Feeds } from '#main/engine/runtime/onnx-session.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { operatorCases, sizeOfShape as size } from './operator-cases.ts'

describe('the gradient of each operator matches central differences', () => {
  for (const [name, { shapes, build, feeds }] of Object.entries(operatorCases)) {
    test(name, async () => {
      const stream = new Stream(deriveKey(1, name))
      const points = shapes.map((shape) => Float32Array.from({ length: size(shape) }, () => stream.normal()))
      const forward = new Graph()
      const output = build(
        forward,
        shapes.map((shape, i) => forward.input(`x${i}`, shape)),
      )
      forward.output('y', output)
      const graph = new Graph()
      const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape))
      const value = build(graph, inputs)
      differentiate(graph, value, graph.input('seed', value.shape), inputs).forEach((g, i) => graph.output(`g${i}`, g))

      const weights = Float32Array.from({ length: size(output.shape as number[]) }, () => stream.normal())
      using session = await GraphSession.create(forward, 'forward')
      using backward = await GraphSession.create(graph, 'backward')
      const feed = (at: Float32Array[]): Feeds => ({
        ...feeds,
        ...Object.fromEntries(at.map((data, i) => [`x${i}`, { data, dims: shapes[i]! }])),
      })
      const loss = async (at: Float32Array[]): Promise<number> => {
        const { y } = await session.run(feed(at))
        return y!.data.reduce((sum, v, i) => sum + v * weights[i]!, 0)
      }
      const gradients = await backward.run({ ...feed(points), seed: { data: weights, dims: output.shape as number[] } })
      for (const [i, point] of points.entries()) {
        for (let j = 0; j < point.length; j++) {
          const step = 5e-3
          const shifted = (by: number): Float32Array[] => points.map((p, k) => (k === i ? p.with(j, p[j]! + by) : p))
          const numeric = ((await loss(shifted(step))) - (await loss(shifted(-step)))) / (2 * step)
          expect(Math.abs(gradients[`g${i}`]!.data[j]! - numeric)).toBeLessThan(4e-3 * Math.max(1, Math.abs(numeric)))
        }
      }
    })
  }
})

test('a saved value is read instead of computed, and its gradient still reaches what it was computed from', async () => {
  const graph = new Graph()
  const x = graph.input('x', [2])
  const kept = graph.input('kept', [2])
  const y = tanh(graph, saved(graph, kept, exp(graph, x)))
  graph.output('y', y)
  graph.output('dx', differentiate(graph, y, graph.input('seed', [2]), [x])[0]!)
  using session = await GraphSession.create(graph, 'saved')
  const dims = [2]
  const result = await session.run({
    x: { data: Float32Array.of(0, 1), dims },
    kept: { data: Float32Array.of(0.5, 0.25), dims },
    seed: { data: Float32Array.of(1, 1), dims },
  })
  const slope = (v: number): number => 1 - Math.tanh(v) ** 2
  expect(result['y']!.data[0]).toBeCloseTo(Math.tanh(0.5), 6)
  expect(result['dx']!.data[0]).toBeCloseTo(slope(0.5) * Math.exp(0), 5)
  expect(result['dx']!.data[1]).toBeCloseTo(slope(0.25) * Math.exp(1), 5)
})

test('shapes that do not broadcast are refused when the graph is built', () => {
  const graph = new Graph()
  expect(() => add(graph, graph.input('a', [2, 3]), graph.input('b', ['N', 3]))).toThrow("don't broadcast")
})
