/** Output heads: classification from the pooled token, and masked language modelling tied to the word embedding. */
import { activation } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import { linear, matmul, transposeLast } from '#main/engine/operators/linear.ts'
import { crossEntropy, softCrossEntropy } from '#main/engine/operators/loss.ts'
import { layerNorm } from '#main/engine/operators/normalise.ts'
import { reshape } from '#main/engine/operators/shape.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { Architecture, LanguageHead, WeightSpec } from './architectures/architecture.ts'
import { pickedToken, pooled as byPoint } from './architectures/weight-specs.ts'
import { type HeadSpec, languageHeadOf } from './head-spec.ts'
import type { ModelConfig } from './model-config.ts'

export interface HeadValues {
  readonly logits: Value
  /** Cross-entropy of every row, with a last dimension of 1. */
  readonly losses: Value
}

/** Graph inputs of the classifier, whatever a checkpoint calls it. */
const CLASSIFIER = { weight: 'classifier.weight', bias: 'classifier.bias' } as const

export function isClassifier(input: string): boolean {
  return input === CLASSIFIER.weight || input === CLASSIFIER.bias
}

/** The classifier's weights under the names that the architecture gives them, with their graph inputs. */
export function classifierWeights(
  { classifier: { name, bias } }: Pick<Architecture, 'classifier'>,
  { hiddenSize, pooledSize = hiddenSize }: ModelConfig,
  classes: number,
): (WeightSpec & { readonly input: string })[] {
  const weight = {
    name: `${name}.weight`,
    input: CLASSIFIER.weight,
    shape: [classes, pooledSize],
    from: 'the number of labels, hidden_size',
  }
  const shift = { name: `${name}.bias`, input: CLASSIFIER.bias, shape: [classes], from: 'the number of labels', bias: true }
  return bias ? [weight, shift] : [weight]
}

/**
 * Inputs: `classifier.weight` [P, C, H], `classifier.bias` [P, C] where the architecture has one, `labels` int64 [N].
 * @param pooled [P, N, H] @returns logits [P, N, C], losses [P, N, 1]
 */
function classify(
  graph: Graph,
  { classifier }: Pick<Architecture, 'classifier'>,
  { hiddenSize, pooledSize = hiddenSize }: ModelConfig,
  classes: number,
  pooled: Value,
): HeadValues {
  const weight = graph.input(CLASSIFIER.weight, ['P', classes, pooledSize])
  const bias = classifier.bias ? graph.input(CLASSIFIER.bias, ['P', classes]) : null
  const product = matmul(graph, pooled, transposeLast(graph, weight))
  const logits = bias ? add(graph, product, reshape(graph, bias, graph.integers([-1, 1, classes]), ['P', 1, classes])) : product
  return { logits, losses: crossEntropy(graph, logits, graph.input('labels', ['N'], 'int64'), classes) }
}

/** The classifier's, or those of some words. @throws for a head that is no graph */
export function headValues(graph: Graph, architecture: Architecture, config: ModelConfig, head: HeadSpec): HeadValues {
  if (typeof head === 'number') return classify(graph, architecture, config, head, architecture.pool(graph, config))
  if (head.kind !== 'words') throw new Error('the loss of the next word takes more than a graph')
  return chooseWord(graph, languageHeadOf(architecture, config), config, head.ids.length)
}

/** The graph inputs for the words that stand for classes. */
export const WORDS = { rows: 'words', bias: 'wordBias' } as const

/** Inputs: `x` [P, N, S, H], `pick` [N, 1, S], the head's weights, `words` [C, W] and `wordBias` [C] where there is one, `labels` int64 [N]. */
function chooseWord(graph: Graph, { matrix, bias, transform }: LanguageHead, config: ModelConfig, classes: number): HeadValues {
  const state = pickedToken(graph, config)
  const words = graph.input(WORDS.rows, [classes, matrix.shape[1]!])
  const scores = linear(graph, transform(graph, state.rows), words, bias ? graph.input(WORDS.bias, [classes]) : undefined)
  const logits = byPoint(graph, state, scores)
  return { logits, losses: crossEntropy(graph, logits, graph.input('labels', ['N'], 'int64'), classes) }
}

export function maskedLanguageWeights({ hiddenSize, vocabularySize }: ModelConfig): WeightSpec[] {
  return [
    { name: 'cls.predictions.bias', shape: [vocabularySize], from: 'vocab_size' },
    { name: 'cls.predictions.transform.dense.weight', shape: [hiddenSize, hiddenSize], from: 'hidden_size' },
    { name: 'cls.predictions.transform.dense.bias', shape: [hiddenSize], from: 'hidden_size' },
    { name: 'cls.predictions.transform.LayerNorm.weight', shape: [hiddenSize], from: 'hidden_size' },
    { name: 'cls.predictions.transform.LayerNorm.bias', shape: [hiddenSize], from: 'hidden_size' },
  ]
}

/**
 * Inputs: `rows` [M, H] (hidden states of the masked tokens), `embeddings.word_embeddings.weight` [V, H], the head's weights,
 * `labels` int64 [M].
 * @returns logits [M, V], losses [M, 1]
 */
export function predictMasked(graph: Graph, config: ModelConfig): HeadValues {
  const { hiddenSize: hidden, vocabularySize } = config
  const transformed = transformMasked(graph, config)
  const words = graph.input('embeddings.word_embeddings.weight', [vocabularySize, hidden])
  const logits = linear(graph, transformed, words, graph.input('cls.predictions.bias', [vocabularySize]))
  return { logits, losses: crossEntropy(graph, logits, graph.input('labels', ['M'], 'int64'), vocabularySize) }
}

/** Builds the masked head up to its tied matrix. Inputs: `rows` [M, H] and the weights `cls.predictions.transform`. @returns [M, H] */
export function transformMasked(graph: Graph, { hiddenSize: hidden, activation: name, normEpsilon }: ModelConfig): Value {
  const weight = (part: string, ...shape: number[]): Value => graph.input(`cls.predictions.transform.${part}`, shape)
  const rows = graph.input('rows', ['M', hidden])
  const dense = linear(graph, rows, weight('dense.weight', hidden, hidden), weight('dense.bias', hidden))
  const [gamma, beta] = [weight('LayerNorm.weight', hidden), weight('LayerNorm.bias', hidden)]
  return layerNorm(graph, activation(graph, dense, name), gamma, beta, normEpsilon)
}

/** Scores of some of the words. Inputs: `rows` [M, H] as `transformMasked` gives them, `words` [W, H], `bias` [W]. @returns [M, W] */
export function scoreWords(graph: Graph, { hiddenSize: hidden }: ModelConfig): Value {
  return linear(graph, graph.input('rows', ['M', hidden]), graph.input('words', ['W', hidden]), graph.input('bias', ['W']))
}

/**
 * Bag of words: from the pooled output predict the tokens of the row. Inputs: `targets` [N, V], each row a distribution over tokens,
 * `embeddings.word_embeddings.weight` [V, H] and `cls.predictions.bias` [V].
 * @param pooled [P, N, H] @returns the cross-entropy of every row, [P N, 1]
 */
export function predictBag(graph: Graph, { hiddenSize, vocabularySize }: ModelConfig, pooled: Value): Value {
  const rows = reshape(graph, pooled, graph.integers([-1, hiddenSize]), ['N', hiddenSize])
  const words = graph.input('embeddings.word_embeddings.weight', [vocabularySize, hiddenSize])
  const logits = linear(graph, rows, words, graph.input('cls.predictions.bias', [vocabularySize]))
  return softCrossEntropy(graph, logits, graph.input('targets', ['N', vocabularySize]))
}
