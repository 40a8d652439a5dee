/**
 * The graphs that training runs: each part of a model forward, its gradient, and its tangents. Gradients are outputs named `d <input>`;
 * tangents are inputs named `d <input>` and outputs named `d <output>`.
 */
import { differentiate } from '#main/engine/onnx/differentiate.ts'
import { forwardDifferentiate } from '#main/engine/onnx/forward-differentiate.ts'
import { Graph, type Value, type MatrixForm } from '#main/engine/onnx/graph.ts'
import { type Linearised, linearise } from '#main/engine/onnx/linearise.ts'
import type { Architecture, BlockAdapter } from './architectures/architecture.ts'
import type { ModelConfig } from './model-config.ts'
import type { HeadSpec } from './head-spec.ts'
import { type HeadValues, headValues, isClassifier, predictBag, predictMasked, scoreWords, transformMasked } from './heads.ts'

/** Inputs whose gradient a backward graph gives, beside `x`: those of the adapter and the classifier, or every weight. */
export type Trained = 'adapter' | 'all'

export function embedForward(architecture: Architecture, config: ModelConfig): Graph {
  const graph = new Graph()
  graph.output('output', architecture.embed(graph, config))
  return graph
}

/** Adds input `dy` [T, H]; outputs `d words`, `d positions`, `d types` [T, H] and the normalisation's gradients. */
export function embedBackward(architecture: Architecture, config: ModelConfig): Graph {
  const graph = new Graph()
  const output = architecture.embed(graph, config)
  const wrt = [...graph.inputs]
  return withGradients(graph, output, graph.input('dy', output.shape), wrt)
}

/** @param keep also output `preNorm`, for a backward pass @param form of the frozen matrices */
export function blockForward(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  keep = false,
  form: MatrixForm = 'fp32',
): Graph {
  const graph = new Graph(form)
  const { output, preNorm } = architecture.block(graph, config, adapter)
  graph.output('output', output)
  if (keep) graph.output('preNorm', preNorm)
  return graph
}

/** Adds inputs `preNorm` [P N S, H] and `dy` [P, N, S, H]; `d x` is left out for the first block of adapter training. */
export function blockBackward(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  trained: Trained,
  toInput = true,
): Graph {
  const graph = new Graph()
  const preNorm = graph.input('preNorm', ['PNS', config.hiddenSize])
  const { output } = architecture.block(graph, config, adapter, preNorm)
  const wrt = differentiated(graph, adapter, trained).filter(({ name }) => name !== 'x' || toInput)
  return withGradients(graph, output, graph.input('dy', output.shape), wrt)
}

/**
 * Values: output `output` [P, N, S, H]. Gradients, from what the values leave behind and input `dy` [P, N, S, H]: outputs `d <input>`; a
 * second graph gives the same without `d x`, for the first block of adapter training.
 */
export function blockGradients(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  trained: Trained,
): Linearised {
  const graph = new Graph()
  const { output } = architecture.block(graph, config, adapter)
  const wrt = differentiated(graph, adapter, trained)
  graph.output('output', output)
  const dy = graph.input('dy', output.shape)
  withGradients(graph, output, dy, wrt)
  const gradients = graph.outputs.slice(1)
  return linearise(graph, [dy], [gradients, gradients.filter(({ name }) => name !== 'd x')])
}

/** The inputs that `Architecture.blockInputs` may provide. */
const BLOCK_INPUTS = ['causal', 'cos', 'sin', 'distances']

/** Inputs of a block whose gradients are wanted: `x` and what is trained. */
function differentiated(graph: Graph, adapter: BlockAdapter | null, trained: Trained): Value[] {
  const ofAdapter = namesOf(adapter?.tensors ?? [])
  const fixed = new Set(['mask', 'preNorm', ...BLOCK_INPUTS])
  return graph.inputs.filter(({ name }) => name === 'x' || (!fixed.has(name) && (trained === 'all' || ofAdapter.has(name))))
}

/**
 * Values: output `output` [P, N, S, H]. Tangents: inputs `d x` [K, P, N, S, H] and `d <input>` [K, ...] of every adapter tensor, output
 * `d output` [K, P, N, S, H]. With an adapter a second graph gives the same, named `d output.1`, where `x` rests, as in the first block:
 * that saves part of the products.
 */
export function blockTangents(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  form: MatrixForm = 'fp32',
): Linearised {
  const graph = new Graph(form)
  const { output } = architecture.block(graph, config, adapter)
  const named = (names: ReadonlySet<string>): Value[] => graph.inputs.filter(({ name }) => names.has(name))
  const [ofInput, ofAdapter] = [named(new Set(['x'])), named(namesOf(adapter?.tensors ?? []))]
  return withTangents(graph, { output }, adapter ? [[...ofInput, ...ofAdapter], ofAdapter] : [ofInput])
}

/**
 * Values: outputs `losses` [P, N, 1] and `logits` [P, N, C]. Tangents: inputs `d x`, `d classifier.weight`, `d classifier.bias`, outputs
 * `d losses` [K, P, N, 1] and `d logits` [K, P, N, C].
 */
export function classifierTangents(architecture: Architecture, config: ModelConfig, head: HeadSpec, form: MatrixForm = 'fp32'): Linearised {
  const graph = new Graph(form)
  const { losses, logits } = headValues(graph, architecture, config, head)
  const moving = graph.inputs.filter(({ name }) => name === 'x' || isClassifier(name))
  return withTangents(graph, { losses, logits }, [moving])
}

/** Outputs `logits` [P, N, C] and `losses` [P, N, 1]. */
export function classifierForward(architecture: Architecture, config: ModelConfig, head: HeadSpec, form: MatrixForm = 'fp32'): Graph {
  const graph = new Graph(form)
  outputHead(graph, headValues(graph, architecture, config, head))
  return graph
}

/** Adds input `dLosses` [P, N, 1], the weight of every row in the loss; outputs `losses`, `logits` and gradients. */
export function classifierBackward(architecture: Architecture, config: ModelConfig, spec: HeadSpec, trained: Trained): Graph {
  const graph = new Graph()
  const head = headValues(graph, architecture, config, spec)
  outputHead(graph, head)
  const wrt = graph.inputs.filter(
    ({ name, type }) => type === 'float32' && name !== 'pick' && (trained === 'all' || name === 'x' || isClassifier(name)),
  )
  return withGradients(graph, head.losses, graph.input('dLosses', head.losses.shape), wrt)
}

/** Output `output` [M, H] of the masked-language head up to the tied output matrix. */
export function maskedTransform(config: ModelConfig): Graph {
  const graph = new Graph()
  graph.output('output', transformMasked(graph, config))
  return graph
}

/** Output `scores` [M, W] of a slice of the vocabulary. */
export function wordScores(config: ModelConfig): Graph {
  const graph = new Graph()
  graph.output('scores', scoreWords(graph, config))
  return graph
}

/** Adds input `dLosses` [M, 1]; outputs `losses` and the gradient of every float input, `d rows` among them. */
export function maskedLanguageBackward(config: ModelConfig): Graph {
  const graph = new Graph()
  const head = predictMasked(graph, config)
  graph.output('losses', head.losses)
  const wrt = graph.inputs.filter(({ type }) => type === 'float32')
  return withGradients(graph, head.losses, graph.input('dLosses', head.losses.shape), wrt)
}

/** Adds input `dLosses` [N, 1]; outputs `losses` and the gradient of every weight and of `x`. */
export function bagOfWordsBackward(architecture: Architecture, config: ModelConfig): Graph {
  const graph = new Graph()
  const losses = predictBag(graph, config, architecture.pool(graph, config))
  graph.output('losses', losses)
  const wrt = graph.inputs.filter(({ name }) => name !== 'targets' && name !== 'pick')
  return withGradients(graph, losses, graph.input('dLosses', losses.shape), wrt)
}

function namesOf(tensors: readonly { readonly name: string }[]): Set<string> {
  return new Set(tensors.map(({ name }) => name))
}

function outputHead(graph: Graph, { logits, losses }: HeadValues): void {
  graph.output('logits', logits)
  graph.output('losses', losses)
}

/** @param outputs by name @param moving sets of inputs; for each set, tangents of all outputs */
function withTangents(graph: Graph, outputs: Readonly<Record<string, Value>>, moving: readonly (readonly Value[])[]): Linearised {
  const nodes = [...graph.nodes]
  const [names, values] = [Object.keys(outputs), Object.values(outputs)]
  names.forEach((name) => graph.output(name, outputs[name]!))
  const inputs = new Map([...new Set(moving.flat())].map((value) => [value, graph.input(`d ${value.name}`, ['K', ...value.shape])]))
  const moved = moving.map((set) => {
    const given = new Map(set.map((value) => [value, inputs.get(value)!]))
    const before = graph.outputs.length
    forwardDifferentiate(graph, given, values, nodes).forEach((tangent, i) => graph.output(`d ${names[i]}`, tangent))
    return graph.outputs.slice(before)
  })
  return linearise(graph, [...inputs.values()], moved)
}

function withGradients(graph: Graph, output: Value, seed: Value, wrt: readonly Value[]): Graph {
  const gradients = differentiate(graph, output, seed, wrt)
  wrt.forEach((value, i) => graph.output(`d ${value.name}`, gradients[i]!))
  return graph
}
