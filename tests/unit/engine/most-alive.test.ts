import { expect, test } from 'vitest'
import { Graph } from '#main/engine/onnx/graph.ts'
import { mostAlive } from '#main/engine/onnx/most-alive.ts'
import { add, exp, multiply } from '#main/engine/operators/arithmetic.ts'
import { linear } from '#main/engine/operators/linear.ts'
import { reshape } from '#main/engine/operators/shape.ts'

const SIZES = { N: 5 }

test('of values in a chain two are alive at once', () => {
  const graph = new Graph()
  const wide = linear(graph, graph.input('x', ['N', 2]), graph.input('up', [30, 2]))
  graph.output('y', linear(graph, exp(graph, exp(graph, wide)), graph.input('down', [3, 30])))
  expect(mostAlive(graph, SIZES)).toBe(2 * 5 * 30)
})

test('a value lives until its last use, and an output to the end', () => {
  const graph = new Graph()
  const a = exp(graph, graph.input('x', ['N', 2]))
  const b = exp(graph, a)
  graph.output('kept', b)
  const c = exp(graph, exp(graph, b))
  graph.output('y', multiply(graph, a, c))
  // a, b and c with the product, or with what c is made of.
  expect(mostAlive(graph, SIZES)).toBe(4 * 10)
})

test('a view takes nothing and keeps what it is of; what no output needs never runs', () => {
  const graph = new Graph()
  const x = graph.input('x', ['N', 2])
  const a = exp(graph, x)
  const view = reshape(graph, a, graph.integers([-1]), [10])
  exp(graph, linear(graph, x, graph.input('unused', [900, 2])))
  const b = exp(graph, a)
  graph.output('y', add(graph, view, reshape(graph, exp(graph, b), graph.integers([-1]), [10])))
  // a through its view, b and its exponential; then the sum in place of b.
  expect(mostAlive(graph, SIZES)).toBe(3 * 10)
})
