/** BERT (Devlin et al. 2019), post-norm encoder; names as Hugging Face's `BertModel` writes them. */
import { activation, tanh } from '#main/engine/operators/activations.ts'
import { add, scale } from '#main/engine/operators/arithmetic.ts'
import { frozenWeight } from '#main/engine/operators/frozen-weight.ts'
import { linear, matmul, transposeLast } from '#main/engine/operators/linear.ts'
import { layerNorm, softmax } from '#main/engine/operators/normalise.ts'
import { saved } from '#main/engine/operators/saved.ts'
import { concatIntegers, first, reshape, shapeOf, sliceShape, transpose } from '#main/engine/operators/shape.ts'
import type { Graph, Shape, Value } from '#main/engine/onnx/graph.ts'
import type { ModelConfig } from '../config.ts'
import type { Architecture, LinearTarget, WeightSpec } from './architecture.ts'
import { BlockParts, ROWS } from './block-parts.ts'

export const bert: Architecture = {
  modelType: 'bert',
  prefix: 'bert.',

  embeddingWeights: ({ vocabularySize, hiddenSize, maxPositions, typeVocabularySize }) => [
    { name: 'embeddings.word_embeddings.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, hidden_size' },
    { name: 'embeddings.position_embeddings.weight', shape: [maxPositions, hiddenSize], from: 'max_position_embeddings, hidden_size' },
    { name: 'embeddings.token_type_embeddings.weight', shape: [typeVocabularySize, hiddenSize], from: 'type_vocab_size, hidden_size' },
    ...normWeights('embeddings.LayerNorm', hiddenSize),
  ],

  blockWeights: (config) => [
    ...Object.values(linearTargets(config)).flatMap(linearWeights),
    ...normWeights('attention.output.LayerNorm', config.hiddenSize),
    ...normWeights('output.LayerNorm', config.hiddenSize),
  ],

  poolerWeights: ({ hiddenSize }) => linearWeights({ name: 'pooler.dense', inFeatures: hiddenSize, outFeatures: hiddenSize }),

  blockPrefix: (layer) => `encoder.layer.${layer}.`,

  linearTargets,

  embed(graph, config) {
    const shape: Shape = ['T', config.hiddenSize]
    const sum = add(graph, add(graph, graph.input('words', shape), graph.input('positions', shape)), graph.input('types', shape))
    return norm(graph, config, sum, 'embeddings.LayerNorm')
  },

  block(graph, config, adapter, keptPreNorm) {
    const { hiddenSize: hidden, heads, normEpsilon } = config
    const width = hidden / heads
    const targets = linearTargets(config)
    const x = graph.input('x', ['P', 'N', 'S', hidden])
    const mask = graph.input('mask', ['N', 1, 1, 'S'])
    const shape = shapeOf(graph, x)
    const rows = reshape(graph, x, graph.integers([-1, hidden]), [ROWS, hidden])
    const parts = new BlockParts(graph, adapter, shape)

    const split = concatIntegers(graph, [sliceShape(graph, shape, 0, 3), graph.integers([heads, width])])
    const toHeads = (value: Value): Value => transpose(graph, reshape(graph, value, split, ['P', 'N', 'S', heads, width]), [0, 1, 3, 2, 4])
    const query = toHeads(parts.linear(rows, targets['query']!))
    const key = toHeads(parts.linear(rows, targets['key']!))
    const value = toHeads(parts.linear(rows, targets['value']!))
    const scores = scale(graph, matmul(graph, query, transposeLast(graph, key)), 1 / Math.sqrt(width))
    const attended = matmul(graph, softmax(graph, add(graph, scores, mask)), value)
    const joined = reshape(graph, transpose(graph, attended, [0, 1, 3, 2, 4]), graph.integers([-1, hidden]), [ROWS, hidden])
    const attention = parts.norm(add(graph, rows, parts.linear(joined, targets['output']!)), 'attention.output.LayerNorm', normEpsilon)

    const inner = activation(graph, parts.linear(attention, targets['intermediate']!), config.activation)
    const computed = add(graph, attention, parts.linear(inner, targets['ffn-output']!))
    const preNorm = keptPreNorm ? saved(graph, keptPreNorm, computed) : computed
    const output = reshape(graph, parts.norm(preNorm, 'output.LayerNorm', normEpsilon), shape, x.shape)
    return { output, preNorm }
  },

  pool(graph, { hiddenSize: hidden }) {
    const x = graph.input('x', ['P', 'N', 'S', hidden])
    const rows = reshape(graph, first(graph, x, 2), graph.integers([-1, hidden]), ['PN', hidden])
    const pooled = tanh(graph, linear(graph, rows, ...linearInputs(graph, 'pooler.dense', hidden, hidden)))
    const shape = concatIntegers(graph, [sliceShape(graph, shapeOf(graph, x), 0, 2), graph.integers([hidden])])
    return reshape(graph, pooled, shape, ['P', 'N', hidden])
  },
}

function linearTargets({ hiddenSize, intermediateSize }: ModelConfig): Record<string, LinearTarget> {
  const target = (name: string, inFeatures: number, outFeatures: number): LinearTarget => ({ name, inFeatures, outFeatures })
  return {
    query: target('attention.self.query', hiddenSize, hiddenSize),
    key: target('attention.self.key', hiddenSize, hiddenSize),
    value: target('attention.self.value', hiddenSize, hiddenSize),
    output: target('attention.output.dense', hiddenSize, hiddenSize),
    intermediate: target('intermediate.dense', hiddenSize, intermediateSize),
    'ffn-output': target('output.dense', intermediateSize, hiddenSize),
  }
}

function norm(graph: Graph, config: ModelConfig, x: Value, name: string): Value {
  const gamma = graph.input(`${name}.weight`, [config.hiddenSize])
  const beta = graph.input(`${name}.bias`, [config.hiddenSize])
  return layerNorm(graph, x, gamma, beta, config.normEpsilon)
}

function linearInputs(graph: Graph, name: string, inFeatures: number, outFeatures: number): [Value, Value] {
  return [frozenWeight(graph, `${name}.weight`, [outFeatures, inFeatures]), graph.input(`${name}.bias`, [outFeatures])]
}

function linearWeights({ name, inFeatures, outFeatures }: LinearTarget): WeightSpec[] {
  const from = name === 'intermediate.dense' || name === 'output.dense' ? 'hidden_size, intermediate_size' : 'hidden_size'
  return [
    { name: `${name}.weight`, shape: [outFeatures, inFeatures], from },
    { name: `${name}.bias`, shape: [outFeatures], from, bias: true },
  ]
}

function normWeights(name: string, hidden: number): WeightSpec[] {
  const vector = { shape: [hidden], from: 'hidden_size' }
  return [
    { name: `${name}.weight`, ...vector },
    { name: `${name}.bias`, ...vector, bias: true },
  ]
}
