/**
 * Llama (Touvron et al. 2023) and its kind: root-mean-square normalisation, rotary positions, grouped-query attention and a gated
 * feed-forward (Shazeer 2020), without biases. Mistral adds a window, Qwen2 biases of query, key and value, Qwen3 normalises heads.
 */
import { activation } from '#main/engine/operators/activations.ts'
import { multiply } from '#main/engine/operators/arithmetic.ts'
import type { Value } from '#main/engine/onnx/graph.ts'
import * as v from 'valibot'
import {
  Misfit,
  activationOf,
  configRules,
  fraction,
  nothing,
  off,
  only,
  positions,
  size,
  tokenId,
  vocabulary,
  whole,
} from '../config-rules.ts'
import type { DecoderConfig, ModelConfig } from '../model-config.ts'
import type { Architecture, LinearTarget } from './architecture.ts'
import type { BlockParts } from './block-parts.ts'
import { causalHead } from './causal-head.ts'
import { causalAttention, decoderBlock, decoderInputs } from './decoder-block.ts'
import { type RotaryKeys, rotaryConfig, rotaryEntries } from './rotary-config.ts'
import { linearWeights, normWeights, pickedToken, plainRmsNorm, pooled } from './weight-specs.ts'

const FROM = 'hidden_size'

const entries = {
  hidden_size: size.hidden,
  intermediate_size: size.wide,
  num_hidden_layers: size.layers,
  num_attention_heads: size.heads,
  num_key_value_heads: v.nullish(size.heads),
  head_dim: v.nullish(size.hidden),
  vocab_size: vocabulary,
  max_position_embeddings: v.optional(positions),
  rms_norm_eps: v.optional(fraction(), 1e-6),
  hidden_act: activationOf('silu'),
  pad_token_id: tokenId(null),
  tie_word_embeddings: off(),
  ...rotaryEntries,
}

const unbiased = {
  attention_bias: only(false, 'false: its linear layers have no biases'),
  mlp_bias: only(false, 'false: its linear layers have no biases'),
}

/** Says which layers attend to a window only: all of them or none, since they share a graph. */
const windowEntries = {
  sliding_window: v.nullish(whole(1, 10_000_000)),
  use_sliding_window: off(),
  max_window_layers: v.nullish(whole(0, 1024)),
}

const layerTypes = v.nullish(v.array(v.string('a list of names'), 'a list of names'))

const trainingKeys = ['attention_dropout', 'hidden_dropout', 'pretraining_tp', 'is_decoder', 'max_sequence_length']
/** Keys that transformers gives no meaning in a family without windows. */
const windowKeys = ['sliding_window', 'use_sliding_window', 'max_window_layers']

interface File {
  readonly hidden_size: number
  readonly intermediate_size: number
  readonly num_hidden_layers: number
  readonly num_attention_heads: number
  readonly num_key_value_heads?: number | null | undefined
  readonly head_dim?: number | null | undefined
  readonly vocab_size: number
  readonly max_position_embeddings?: number | undefined
  readonly rms_norm_eps: number
  readonly hidden_act: ModelConfig['activation']
  readonly pad_token_id: number | null
  readonly tie_word_embeddings: boolean
  readonly attention_bias?: boolean
  readonly mlp_bias?: boolean
}

/** The ways in which members of the family differ. */
interface Member {
  /** Values for absent keys; null means as many key/value heads as heads. */
  readonly keyValueHeads?: number
  readonly positions: number
  readonly headSize?: number
  readonly window?: (file: never) => number | null
  readonly biases: (file: Pick<File, 'attention_bias' | 'mlp_bias'>) => DecoderConfig['biases']
  readonly normalisesHeads?: boolean
}

function toConfig(file: File & Omit<RotaryKeys, 'max_position_embeddings'>, member: Member) {
  const heads = file.num_attention_heads
  const keyValueHeads = (file.num_key_value_heads === undefined ? member.keyValueHeads : file.num_key_value_heads) ?? heads
  if (heads % keyValueHeads !== 0) throw new Misfit('num_key_value_heads', `${keyValueHeads}`, `a divisor of num_attention_heads ${heads}`)
  const headSize = file.head_dim ?? member.headSize ?? file.hidden_size / heads
  if (!Number.isInteger(headSize)) throw new Misfit('num_attention_heads', `${heads}`, `a divisor of hidden_size ${file.hidden_size}`)
  if (headSize % 2 !== 0) throw new Misfit('head_dim', `${headSize}`, 'an even number, for rotations in pairs')
  const maxPositions = file.max_position_embeddings ?? member.positions
  return {
    hiddenSize: file.hidden_size,
    intermediateSize: file.intermediate_size,
    layers: file.num_hidden_layers,
    heads,
    vocabularySize: file.vocab_size,
    maxPositions,
    typeVocabularySize: 0,
    normEpsilon: file.rms_norm_eps,
    activation: file.hidden_act,
    padTokenId: file.pad_token_id,
    tied: file.tie_word_embeddings,
    decoder: {
      keyValueHeads,
      headSize,
      window: member.window?.(file as never) ?? null,
      rotary: rotaryConfig({ ...file, max_position_embeddings: maxPositions }),
      biases: member.biases(file),
      normalisesHeads: member.normalisesHeads ?? false,
    },
  }
}

interface Windowed {
  readonly num_hidden_layers: number
  readonly sliding_window?: number | null | undefined
  readonly layer_types?: readonly string[] | null | undefined
}

/** Mistral: the same window in every layer, 4096 where the file doesn't say. */
function windowEverywhere({ sliding_window: stated, layer_types: types }: Windowed): number | null {
  const window = stated === undefined ? 4096 : stated
  const kind = window === null ? 'full_attention' : 'sliding_attention'
  if (types?.some((type) => type !== kind)) throw new Misfit('layer_types', JSON.stringify(types), `null, or "${kind}" for every layer`)
  return window
}

/** Qwen: a window in the layers from `max_window_layers` on or as `layer_types` says, and in none unless it is switched on. */
function windowBehind(
  file: Windowed & { readonly use_sliding_window: boolean; readonly max_window_layers?: number | null | undefined },
): number | null {
  const { num_hidden_layers: layers, layer_types: types, use_sliding_window: used, max_window_layers: first } = file
  const window = used ? (file.sliding_window === undefined ? 4096 : file.sliding_window) : null
  const kinds =
    types ?? Array.from({ length: layers }, (_, i) => (window !== null && i >= (first ?? 28) ? 'sliding_attention' : 'full_attention'))
  if (kinds.length !== layers) throw new Misfit('layer_types', `${kinds.length} layers`, `${layers}, as num_hidden_layers`)
  if (kinds.every((kind) => kind === 'full_attention')) return null
  if (window !== null && kinds.every((kind) => kind === 'sliding_attention')) return window
  const key = types ? 'layer_types' : 'max_window_layers'
  throw new Misfit(key, JSON.stringify(file[key] ?? 28), 'a window in all of the layers or in none')
}

const family = (modelType: string, rules: Architecture['config']): Architecture => ({
  modelType,
  config: rules,
  prefix: 'model.',
  unprefixed: ['lm_head.', 'score.'],
  classifier: { name: 'score', bias: false },

  embeddingTables: ({ hiddenSize: width, padTokenId: still }) => [
    { input: 'words', name: 'embed_tokens.weight', width, by: 'token', still },
  ],
  embeddingWeights: ({ vocabularySize, hiddenSize }) => [
    { name: 'embed_tokens.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, hidden_size' },
  ],
  blockWeights: (config) => {
    const { query, key, value, output, gate, intermediate, 'ffn-output': last } = linearTargets(config)
    const { normalisesHeads, headSize } = config.decoder!
    return [
      ...normWeights('input_layernorm', config.hiddenSize, FROM, false),
      ...[query, key, value, output].flatMap((target) => linearWeights(target!, `${FROM}, num_attention_heads, num_key_value_heads`)),
      ...(normalisesHeads ? ['q_norm', 'k_norm'].flatMap((name) => normWeights(`self_attn.${name}`, headSize, 'head_dim', false)) : []),
      ...normWeights('post_attention_layernorm', config.hiddenSize, FROM, false),
      ...[gate, intermediate, last].flatMap((target) => linearWeights(target!, `${FROM}, intermediate_size`)),
    ]
  },
  poolerWeights: ({ hiddenSize }) => normWeights('norm', hiddenSize, FROM, false),
  blockPrefix: (layer) => `layers.${layer}.`,
  linearTargets,

  embed: (graph, { hiddenSize }) => graph.input('words', ['T', hiddenSize]),
  blockInputs: decoderInputs,
  block(graph, config, adapter, keptPreNorm) {
    const { normEpsilon, decoder } = config
    const targets = linearTargets(config)
    const norm = (name: string) => (parts: BlockParts, rows: Value) => parts.rmsNorm(rows, name, normEpsilon)
    const attention = (parts: BlockParts, rows: Value): Value => {
      const [query, key, value] = ['query', 'key', 'value'].map((name) => parts.linear(rows, targets[name]!)) as [Value, Value, Value]
      const normed = (x: Value, of: 'query' | 'key'): Value => parts.rmsNorm(x, `self_attn.${of[0]}_norm`, normEpsilon)
      const attended = causalAttention(parts, config, { query, key, value }, decoder!.normalisesHeads ? normed : undefined)
      return parts.linear(attended, targets['output']!)
    }
    const feedForward = (parts: BlockParts, rows: Value): Value => {
      const gate = activation(graph, parts.linear(rows, targets['gate']!), config.activation)
      return parts.linear(multiply(graph, gate, parts.linear(rows, targets['intermediate']!)), targets['ffn-output']!)
    }
    const first = { norm: norm('input_layernorm'), compute: attention }
    return decoderBlock(graph, config, adapter, first, { norm: norm('post_attention_layernorm'), compute: feedForward }, keptPreNorm)
  },

  languageHead: (config) =>
    causalHead(config, normWeights('norm', config.hiddenSize, FROM, false), 'embed_tokens.weight', (graph, rows) =>
      plainRmsNorm(graph, rows, 'norm', config.normEpsilon),
    ),

  pool(graph, config) {
    const state = pickedToken(graph, config)
    return pooled(graph, state, plainRmsNorm(graph, state.rows, 'norm', config.normEpsilon))
  },
})

const NO_BIAS = { query: false, output: false, feedForward: false }

export const llama = family(
  'llama',
  configRules(
    {
      ...entries,
      attention_bias: off(),
      mlp_bias: off(),
      layer_types: nothing('null: windows are not supported in a llama'),
    },
    (file) =>
      toConfig(file, {
        positions: 2048,
        biases: ({ attention_bias: own = false, mlp_bias: wide = false }) => ({ query: own, output: own, feedForward: wide }),
      }),
    { ignored: [...trainingKeys, ...windowKeys, 'is_llama_config'] },
  ),
)

export const mistral = family(
  'mistral',
  configRules(
    { ...entries, ...unbiased, sliding_window: windowEntries.sliding_window, layer_types: layerTypes },
    (file) => toConfig(file, { keyValueHeads: 8, positions: 131_072, window: windowEverywhere, biases: () => NO_BIAS }),
    { ignored: [...trainingKeys, 'use_sliding_window', 'max_window_layers'] },
  ),
)

export const qwen2 = family(
  'qwen2',
  configRules(
    { ...entries, mlp_bias: unbiased.mlp_bias, ...windowEntries, layer_types: layerTypes },
    (file) =>
      toConfig(file, {
        keyValueHeads: 32,
        positions: 32_768,
        window: windowBehind,
        biases: () => ({ ...NO_BIAS, query: true }),
      }),
    // Queries, keys and values always have a bias in this family.
    { ignored: [...trainingKeys, 'attention_bias'] },
  ),
)

export const qwen3 = family(
  'qwen3',
  configRules(
    {
      ...entries,
      head_dim: v.optional(size.hidden, 128),
      attention_bias: off(),
      mlp_bias: unbiased.mlp_bias,
      ...windowEntries,
      layer_types: layerTypes,
    },
    (file) =>
      toConfig(file, {
        keyValueHeads: 32,
        positions: 32_768,
        window: windowBehind,
        biases: ({ attention_bias: own = false }) => ({ query: own, output: own, feedForward: false }),
        normalisesHeads: true,
      }),
    { ignored: trainingKeys },
  ),
)

function linearTargets({ hiddenSize: hidden, intermediateSize: wide, heads, decoder }: ModelConfig): Record<string, LinearTarget> {
  const { keyValueHeads, headSize, biases } = decoder!
  const target = (name: string, inFeatures: number, outFeatures: number, bias: boolean): LinearTarget => ({
    name,
    inFeatures,
    outFeatures,
    bias,
  })
  return {
    query: target('self_attn.q_proj', hidden, heads * headSize, biases.query),
    key: target('self_attn.k_proj', hidden, keyValueHeads * headSize, biases.query),
    value: target('self_attn.v_proj', hidden, keyValueHeads * headSize, biases.query),
    output: target('self_attn.o_proj', heads * headSize, hidden, biases.output),
    gate: target('mlp.gate_proj', hidden, wide, biases.feedForward),
    intermediate: target('mlp.up_proj', hidden, wide, biases.feedForward),
    'ffn-output': target('mlp.down_proj', wide, hidden, biases.feedForward),
  }
}
