/** Activation functions with their derivatives. */
import type { Graph, Operator, Value } from '../onnx/graph.ts'
import { add, elementwise, erf, exp, multiply, scale, subtract } from './arithmetic.ts'

// (tanh x)' = 1 - tanh(x)^2
const TANH = elementwise('Tanh', (graph, _x, y) => subtract(graph, graph.scalar(1), multiply(graph, y, y)))

const RELU = elementwise('Relu', step)

// x Phi(x): derivative Phi(x) + x phi(x), Phi and phi the standard normal's distribution and density (Hendrycks and Gimpel 2016).
const GELU = elementwise('Gelu', (graph, x) => {
  const distribution = scale(graph, add(graph, erf(graph, scale(graph, x, Math.SQRT1_2)), graph.scalar(1)), 0.5)
  const density = scale(graph, exp(graph, scale(graph, multiply(graph, x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
  return add(graph, distribution, multiply(graph, x, density))
})

// 0.5 x (1 + t), t = tanh(u), u = c (x + a x^3): derivative 0.5 (1 + t) + 0.5 x (1 - t^2) c (1 + 3 a x^2).
const GELU_TANH = elementwise('Gelu', (graph, x) => {
  const c = Math.sqrt(2 / Math.PI)
  const a = 0.044715
  const one = graph.scalar(1)
  const square = multiply(graph, x, x)
  const t = tanh(graph, multiply(graph, scale(graph, x, c), add(graph, one, scale(graph, square, a))))
  const slope = multiply(
    graph,
    multiply(graph, x, subtract(graph, one, multiply(graph, t, t))),
    scale(graph, add(graph, one, scale(graph, square, 3 * a)), c),
  )
  return scale(graph, add(graph, add(graph, one, t), slope), 0.5)
})

// s (1 - s)
const SIGMOID = elementwise('Sigmoid', (graph, _x, y) => multiply(graph, y, subtract(graph, graph.scalar(1), y)))

const SIGN: Operator = { type: 'Sign' }

/** Names as Hugging Face's `hidden_act` writes them. */
export type Activation = 'gelu' | 'gelu_new' | 'relu' | 'silu'

export function activation(graph: Graph, x: Value, kind: Activation): Value {
  if (kind === 'relu') return relu(graph, x)
  // x sigmoid(x) (Elfwing et al. 2017).
  if (kind === 'silu') return multiply(graph, x, graph.node(SIGMOID, [x], [{ shape: x.shape }])[0]!)
  const [operator, approximate] = kind === 'gelu' ? [GELU, 'none'] : [GELU_TANH, 'tanh']
  return graph.node(operator as Operator, [x], [{ shape: x.shape }], { approximate: approximate as string })[0]!
}

export function tanh(graph: Graph, x: Value): Value {
  return graph.node(TANH, [x], [{ shape: x.shape }])[0]!
}

function relu(graph: Graph, x: Value): Value {
  return graph.node(RELU, [x], [{ shape: x.shape }])[0]!
}

/** Returns 1 where x > 0, else 0. */
function step(graph: Graph, x: Value): Value {
  return graph.node(SIGN, [relu(graph, x)], [{ shape: x.shape }])[0]!
}
