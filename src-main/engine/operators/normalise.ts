/** Softmax, log-softmax, layer and root-mean-square normalisation, all over the last dimension. */
import { type Graph, type Operator, type Shape, type Value } from '../onnx/graph.ts'
import { exp, multiply, subtract, sumTangents } from './arithmetic.ts'
import { raised, reduceSum, sumTo } from './broadcast.ts'

const SOFTMAX: Operator = {
  type: 'Softmax',
  // y (g - sum(g y))
  backward: (graph, { outputs: [y] }, [g]) => {
    const weighted = multiply(graph, g!, y!)
    return [subtract(graph, weighted, multiply(graph, y!, sumLast(graph, weighted)))]
  },
  // y (t - sum(y t)): the Jacobian is symmetric.
  jvp: (graph, { outputs: [y] }, [t]) => [multiply(graph, subtract(graph, t!, sumLast(graph, multiply(graph, t!, y!))), y!)],
}

const LOG_SOFTMAX: Operator = {
  type: 'LogSoftmax',
  // g - softmax(x) sum(g)
  backward: (graph, { outputs: [y] }, [g]) => [subtract(graph, g!, multiply(graph, exp(graph, y!), sumLast(graph, g!)))],
  // t - sum(softmax(x) t)
  jvp: (graph, { outputs: [y] }, [t]) => [subtract(graph, t!, sumLast(graph, multiply(graph, t!, exp(graph, y!))))],
}

const REDUCE_MEAN: Operator = { type: 'ReduceMean' }

const LAYER_NORM: Operator = {
  type: 'LayerNormalization',
  // The gradient with n = (x - mean) / deviation and h = g * gamma is dx = (h - mean(h) - n mean(h n)) / deviation (Ba, Kiros and Hinton 2016).
  backward: (graph, { inputs: [x, gamma, beta], outputs: [, mean, inverseDeviation] }, [g]) => {
    const normalised = multiply(graph, subtract(graph, x!, mean!), inverseDeviation!)
    const h = multiply(graph, g!, gamma!)
    const centred = subtract(graph, h, meanLast(graph, h))
    const along = multiply(graph, normalised, meanLast(graph, multiply(graph, h, normalised)))
    const dx = multiply(graph, subtract(graph, centred, along), inverseDeviation!)
    const gradients = [dx, sumTo(graph, multiply(graph, g!, normalised), gamma!.shape)]
    return beta ? [...gradients, sumTo(graph, g!, beta.shape)] : gradients
  },
  // gamma (t - mean(t) - n mean(t n)) / deviation + n dgamma + dbeta. The statistics are for derivatives alone and have none.
  jvp: (graph, { inputs: [x, gamma], outputs: [y, mean, inverseDeviation] }, [t, dGamma, dBeta]) => {
    const normalised = multiply(graph, subtract(graph, x!, mean!), inverseDeviation!)
    const rank = y!.shape.length
    const along = (tangent: Value): Value => {
      const centred = subtract(graph, tangent, meanLast(graph, tangent))
      const off = subtract(graph, centred, multiply(graph, meanLast(graph, multiply(graph, tangent, normalised)), normalised))
      return multiply(graph, off, multiply(graph, inverseDeviation!, gamma!))
    }
    const terms = [t && along(t), dGamma && multiply(graph, raised(graph, dGamma, rank), normalised), dBeta && raised(graph, dBeta, rank)]
    return [sumTangents(graph, y!, terms)]
  },
}

const RMS_NORM: Operator = {
  // ONNX Runtime's, in the default domain.
  type: 'SimplifiedLayerNormalization',
  // The gradient with n = x / rms and h = g * gamma is dx = (h - n mean(h n)) / rms (Zhang and Sennrich 2019).
  backward: (graph, { inputs: [x, gamma], outputs: [, inverse] }, [g]) => {
    const normalised = multiply(graph, x!, inverse!)
    const h = multiply(graph, g!, gamma!)
    const along = multiply(graph, normalised, meanLast(graph, multiply(graph, h, normalised)))
    return [multiply(graph, subtract(graph, h, along), inverse!), sumTo(graph, multiply(graph, g!, normalised), gamma!.shape)]
  },
  jvp: (graph, { inputs: [x, gamma], outputs: [y, inverse] }, [t, dGamma]) => {
    const normalised = multiply(graph, x!, inverse!)
    const along = (tangent: Value): Value => {
      const off = subtract(graph, tangent, multiply(graph, meanLast(graph, multiply(graph, tangent, normalised)), normalised))
      return multiply(graph, off, multiply(graph, inverse!, gamma!))
    }
    const terms = [t && along(t), dGamma && multiply(graph, raised(graph, dGamma, y!.shape.length), normalised)]
    return [sumTangents(graph, y!, terms)]
  },
}

export function softmax(graph: Graph, x: Value): Value {
  return graph.node(SOFTMAX, [x], [{ shape: x.shape }], { axis: -1 })[0]!
}

export function logSoftmax(graph: Graph, x: Value): Value {
  return graph.node(LOG_SOFTMAX, [x], [{ shape: x.shape }], { axis: -1 })[0]!
}

export function layerNorm(graph: Graph, x: Value, gamma: Value, beta: Value | undefined, epsilon: number): Value {
  const statistics: Shape = [...x.shape.slice(0, -1), 1]
  const outputs = [{ shape: x.shape }, { shape: statistics }, { shape: statistics }]
  return graph.node(LAYER_NORM, beta ? [x, gamma, beta] : [x, gamma], outputs, { axis: -1, epsilon: { float: epsilon } })[0]!
}

/** x / sqrt(mean(x^2) + epsilon) * gamma. */
export function rmsNorm(graph: Graph, x: Value, gamma: Value, epsilon: number): Value {
  const outputs = [{ shape: x.shape }, { shape: [...x.shape.slice(0, -1), 1] }]
  return graph.node(RMS_NORM, [x, gamma], outputs, { axis: -1, epsilon: { float: epsilon }, stash_type: 1 })[0]!
}

function sumLast(graph: Graph, x: Value): Value {
  return reduceSum(graph, x, [x.shape.length - 1], true)
}

function meanLast(graph: Graph, x: Value): Value {
  const axis = x.shape.length - 1
  const shape = [...x.shape.slice(0, -1), 1]
  return graph.node(REDUCE_MEAN, [x, graph.integers([axis])], [{ shape }], { keepdims: 1 })[0]!
}
