/**
 * Llama (Touvron et al. 2023) and its kind: root-mean-square normalisation, rotary positions, grouped-query attention and a gated
 * feed-forward (Shazeer 2020), without biases. Mistral adds a window, Qwen2 biases of query, key and value, Qwen3 normalises heads.
 */
import { activation } from '#main/engine/operators/activations.ts'
import { multiply } from '#main/engine/operators/arithmetic.ts'
import type { Value } from '#main/engine/onnx/graph.ts'
import * as v from 'valibot'
import { Misfit, activationOf, configRules, fraction, only, positions, size, vocabulary, whole } from '../config-rules.ts'
import type { DecoderConfig, ModelConfig } from '../model-config.ts'
import type { Architecture, LinearTarget } from './architecture.ts'
import type { BlockParts } from './block-parts.ts'
import { causalHead } from './causal-head.ts'
import { causalAttention, decoderBlock, decoderInputs } from './decoder-block.ts'
import { rotaryConfig, rotaryEntries } from './rotary-config.ts'
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
  max_position_embeddings: v.optional(positions, 2048),
  rms_norm_eps: v.optional(fraction(), 1e-6),
  hidden_act: activationOf('silu'),
  pad_token_id: v.nullish(whole(0, 10_000_000), 0),
  tie_word_embeddings: v.nullish(v.boolean(), false),
  attention_bias: v.nullish(v.boolean(), false),
  mlp_bias: v.nullish(v.boolean(), false),
  sliding_window: v.nullish(whole(1, 10_000_000)),
  use_sliding_window: only(false, 'false: windows in some of the layers are not supported'),
  pretraining_tp: only(1, '1'),
  partial_rotary_factor: only(1, '1'),
  ...rotaryEntries,
}

type File = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>

/** What members of the family do otherwise. */
interface Member {
  readonly theta?: number
  readonly windowed?: boolean
  readonly biases?: (file: File) => DecoderConfig['biases']
  readonly normalisesHeads?: boolean
  /** In place of hidden size over heads. */
  readonly headSize?: number
}

function toConfig(file: File, member: Member) {
  const heads = file.num_attention_heads
  const keyValueHeads = file.num_key_value_heads ?? heads
  if (heads % keyValueHeads !== 0) throw new Misfit('num_key_value_heads', `${keyValueHeads}`, `a divisor of num_attention_heads ${heads}`)
  const headSize = file.head_dim ?? member.headSize ?? file.hidden_size / heads
  if (!Number.isInteger(headSize)) throw new Misfit('num_attention_heads', `${heads}`, `a divisor of hidden_size ${file.hidden_size}`)
  if (headSize % 2 !== 0) throw new Misfit('head_dim', `${headSize}`, 'an even number, for rotations in pairs')
  const biased = file.attention_bias ?? false
  return {
    hiddenSize: file.hidden_size,
    intermediateSize: file.intermediate_size,
    layers: file.num_hidden_layers,
    heads,
    vocabularySize: file.vocab_size,
    maxPositions: file.max_position_embeddings,
    typeVocabularySize: 0,
    normEpsilon: file.rms_norm_eps,
    activation: file.hidden_act,
    padTokenId: file.pad_token_id ?? 0,
    decoder: {
      keyValueHeads,
      headSize,
      tied: file.tie_word_embeddings ?? false,
      window: member.windowed ? (file.sliding_window ?? null) : null,
      rotary: rotaryConfig(file, member.theta ?? 10_000),
      biases: member.biases?.(file) ?? { query: biased, output: biased, feedForward: file.mlp_bias ?? false },
      normalisesHeads: member.normalisesHeads ?? false,
    },
  }
}

const family = (modelType: string, member: Member = {}): Architecture => ({
  modelType,
  config: configRules(entries, (file) => toConfig(file, member)),
  prefix: 'model.',
  unprefixed: ['lm_head.', 'score.'],
  classifier: { name: 'score', bias: false },

  embeddingTables: ({ hiddenSize: width }) => [{ input: 'words', name: 'embed_tokens.weight', width, by: 'token' }],
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

export const llama = family('llama')
export const mistral = family('mistral', { windowed: true })
export const qwen2 = family('qwen2', { biases: () => ({ query: true, output: false, feedForward: false }) })
export const qwen3 = family('qwen3', { normalisesHeads: true, headSize: 128 })

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
