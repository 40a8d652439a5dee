/**
 * The block of models that read from left to right: each token attends to those before it, each branch is normalised in front (or behind)
 * and added to the stream. Query heads may share keys and values in groups (Ainslie et al. 2023), positions may enter by rotation.
 */
import { add, scale } from '#main/engine/operators/arithmetic.ts'
import { raised } from '#main/engine/operators/broadcast.ts'
import { matmul, transposeLast } from '#main/engine/operators/linear.ts'
import { softmax } from '#main/engine/operators/normalise.ts'
import { saved } from '#main/engine/operators/saved.ts'
import { reshape } from '#main/engine/operators/shape.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { ModelConfig } from '../model-config.ts'
import type { BlockAdapter, BlockInputs } from './architecture.ts'
import { BlockParts } from './block-parts.ts'
import { rotaryTables, rotated } from './rotary.ts'

/** Added to a score, leaves nothing after softmax in float32. */
const HIDDEN = -1e9

/** Maps rows [P N S, H] to rows of the same shape; `norm` names the weights of the normalisation in front. */
interface Branch {
  readonly norm: (parts: BlockParts, rows: Value) => Value
  readonly compute: (parts: BlockParts, rows: Value) => Value
}

export function decoderBlock(
  graph: Graph,
  { hiddenSize, decoder }: ModelConfig,
  adapter: BlockAdapter | null,
  attention: Branch,
  feedForward: Branch,
  keptPreNorm?: Value,
): { output: Value; preNorm: Value } {
  const parts = new BlockParts(graph, adapter, hiddenSize)
  const rows = parts.input
  if (decoder!.normalisesBehind) {
    const state = attention.norm(parts, add(graph, rows, attention.compute(parts, rows)))
    const sum = add(graph, state, feedForward.compute(parts, state))
    const kept = keptPreNorm ? saved(graph, keptPreNorm, sum) : sum
    return { output: parts.output(feedForward.norm(parts, kept)), preNorm: kept }
  }
  const computed = add(graph, rows, attention.compute(parts, attention.norm(parts, rows)))
  const preNorm = keptPreNorm ? saved(graph, keptPreNorm, computed) : computed
  const output = add(graph, preNorm, feedForward.compute(parts, feedForward.norm(parts, preNorm)))
  return { output: parts.output(output), preNorm }
}

/** Returns the inputs of `causalAttention`: the tokens that each token sees, and the rotation of its position. */
export function decoderInputs({ decoder }: ModelConfig, tokens: number): BlockInputs {
  const { window, rotary, headSize } = decoder!
  const causal = new Float32Array(tokens * tokens)
  for (let i = 0; i < tokens; i++) {
    for (let j = 0; j < tokens; j++) if (j > i || (window !== null && i - j >= window)) causal[i * tokens + j] = HIDDEN
  }
  return { causal: { data: causal, dims: [tokens, tokens] }, ...(rotary && rotaryTables(rotary, headSize, tokens)) }
}

/**
 * @param query [P N S, heads D], keys and values likewise of their own heads @param normed what is done to each query and key first,
 * [..., D]
 * @returns [P N S, heads D]
 */
export function causalAttention(
  parts: BlockParts,
  { heads, decoder }: ModelConfig,
  { query, key, value }: { readonly query: Value; readonly key: Value; readonly value: Value },
  normed: (x: Value, of: 'query' | 'key') => Value = (x) => x,
): Value {
  const { graph } = parts
  const { keyValueHeads: groups, headSize, rotary } = decoder!
  const seen = add(graph, graph.input('mask', ['N', 1, 1, 'S']), graph.input('causal', ['S', 'S']))
  const tables = rotary && { cos: graph.input('cos', ['S', headSize]), sin: graph.input('sin', ['S', headSize]) }
  const placed = (x: Value): Value => (tables ? rotated(graph, x, tables.cos, tables.sin) : x)
  const q = placed(normed(parts.heads(query, heads, headSize), 'query'))
  const k = placed(normed(parts.heads(key, groups, headSize), 'key'))
  const v = parts.heads(value, groups, headSize)
  const attend = (queries: Value, keys: Value, values: Value, mask: Value): Value => {
    const scores = scale(graph, matmul(graph, queries, transposeLast(graph, keys)), 1 / Math.sqrt(headSize))
    return matmul(graph, softmax(graph, add(graph, scores, mask)), values)
  }
  if (groups === heads) return parts.joined(attend(q, k, v, seen))
  const each = heads / groups
  const grouped = (x: Value, size: number): Value =>
    reshape(graph, x, parts.shapeWith(2, [groups, size, -1, headSize]), ['P', 'N', groups, size, 'S', headSize])
  const attended = attend(grouped(q, each), grouped(k, 1), grouped(v, 1), raised(graph, seen, 4))
  return parts.joined(reshape(graph, attended, parts.shapeWith(2, [heads, -1, headSize]), ['P', 'N', heads, 'S', headSize]))
}
