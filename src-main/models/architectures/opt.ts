/**
 * OPT (Zhang et al. 2022): learned positions that count from 2. One size, 350m, normalises behind each branch and not at the end, and has
 * words narrower than its states, which a matrix widens after the embedding and another narrows before the heads.
 */
import { activation } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import { frozenLinear } from '#main/engine/operators/frozen-weight.ts'
import { linear } from '#main/engine/operators/linear.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import * as v from 'valibot'
import { Misfit, activationOf, checkHeads, configRules, fraction, on, only, positions, size, tokenId, vocabulary } from '../config-rules.ts'
import type { ModelConfig } from '../model-config.ts'
import type { Architecture, LinearTarget, WeightSpec } from './architecture.ts'
import type { BlockParts } from './block-parts.ts'
import { causalHead } from './causal-head.ts'
import { causalAttention, decoderBlock, decoderInputs } from './decoder-block.ts'
import { embeddingLinearWeights, linearWeights, normWeights, pickedToken, plainNorm, pooled } from './weight-specs.ts'

const FIRST_POSITION = 2
/** Keys of config.json, for messages. */
const NARROW = 'word_embed_proj_dim, hidden_size'
const NORM_EPSILON = 1e-5

export const opt: Architecture = {
  modelType: 'opt',
  config: configRules(
    {
      hidden_size: size.hidden,
      ffn_dim: size.wide,
      num_hidden_layers: size.layers,
      num_attention_heads: size.heads,
      max_position_embeddings: positions,
      vocab_size: vocabulary,
      word_embed_proj_dim: v.nullish(size.hidden),
      activation_function: activationOf('relu'),
      pad_token_id: tokenId(1),
      tie_word_embeddings: on(),
      enable_bias: on(),
      do_layer_norm_before: on(),
      init_std: v.optional(fraction(), 0.02),
      layer_norm_elementwise_affine: only(true, 'true'),
      _remove_final_layer_norm: only(false, 'false'),
    },
    (file) => {
      checkHeads('num_attention_heads', file.num_attention_heads, 'hidden_size', file.hidden_size)
      const width = file.word_embed_proj_dim ?? file.hidden_size
      const projected = width !== file.hidden_size
      const behind = !file.do_layer_norm_before
      if (behind && !projected) {
        throw new Misfit('do_layer_norm_before', 'false', 'true, unless word_embed_proj_dim differs from hidden_size as in OPT-350m')
      }
      const biased = file.enable_bias
      return {
        hiddenSize: file.hidden_size,
        intermediateSize: file.ffn_dim,
        layers: file.num_hidden_layers,
        heads: file.num_attention_heads,
        vocabularySize: file.vocab_size,
        maxPositions: file.max_position_embeddings,
        typeVocabularySize: 0,
        normEpsilon: NORM_EPSILON,
        activation: file.activation_function,
        padTokenId: file.pad_token_id,
        tied: file.tie_word_embeddings,
        initializerRange: file.init_std,
        ...(projected ? { embeddingSize: width, pooledSize: width } : {}),
        decoder: {
          keyValueHeads: file.num_attention_heads,
          headSize: file.hidden_size / file.num_attention_heads,
          window: null,
          rotary: null,
          biases: { query: biased, output: biased, feedForward: biased },
          normalisesHeads: false,
          normalisesBehind: behind,
        },
      }
    },
    { ignored: ['dropout', 'attention_dropout', 'activation_dropout', 'layerdrop', 'is_decoder'] },
  ),
  prefix: 'model.decoder.',
  otherPrefixes: ['decoder.'],
  unprefixed: ['lm_head.', 'score.'],
  classifier: { name: 'score', bias: false },

  embeddingTables: ({ hiddenSize, embeddingSize = hiddenSize, padTokenId: still }) => [
    { input: 'words', name: 'embed_tokens.weight', width: embeddingSize, by: 'token', still },
    { input: 'positions', name: 'embed_positions.weight', width: hiddenSize, by: 'position', first: FIRST_POSITION },
  ],
  embeddingWeights: ({ vocabularySize, hiddenSize, embeddingSize, maxPositions }) => [
    { name: 'embed_tokens.weight', shape: [vocabularySize, embeddingSize ?? hiddenSize], from: 'vocab_size, word_embed_proj_dim' },
    {
      name: 'embed_positions.weight',
      shape: [maxPositions + FIRST_POSITION, hiddenSize],
      from: `max_position_embeddings + ${FIRST_POSITION}, hidden_size`,
    },
    ...(embeddingSize === undefined ? [] : embeddingLinearWeights(projection('project_in', embeddingSize, hiddenSize), NARROW)),
  ],
  blockWeights: (config) => [
    ...normWeights('self_attn_layer_norm', config.hiddenSize, 'hidden_size'),
    ...Object.values(linearTargets(config)).flatMap((target) =>
      linearWeights(target, target.name.startsWith('fc') ? 'hidden_size, ffn_dim' : 'hidden_size'),
    ),
    ...normWeights('final_layer_norm', config.hiddenSize, 'hidden_size'),
  ],
  poolerWeights: endWeights,
  blockPrefix: (layer) => `layers.${layer}.`,
  linearTargets,

  embed(graph, { hiddenSize, embeddingSize = hiddenSize }) {
    const words = graph.input('words', ['T', embeddingSize])
    const wide = embeddingSize === hiddenSize ? words : linear(graph, words, graph.input('project_in.weight', [hiddenSize, embeddingSize]))
    return add(graph, wide, graph.input('positions', ['T', hiddenSize]))
  },
  blockInputs: decoderInputs,
  block(graph, config, adapter, keptPreNorm) {
    const targets = linearTargets(config)
    const norm = (name: string) => (parts: BlockParts, rows: Value) => parts.norm(rows, name, config.normEpsilon)
    const attention = (parts: BlockParts, rows: Value): Value => {
      const [query, key, value] = ['query', 'key', 'value'].map((name) => parts.linear(rows, targets[name]!)) as [Value, Value, Value]
      return parts.linear(causalAttention(parts, config, { query, key, value }), targets['output']!)
    }
    const feedForward = (parts: BlockParts, rows: Value): Value =>
      parts.linear(activation(graph, parts.linear(rows, targets['intermediate']!), config.activation), targets['ffn-output']!)
    const first = { norm: norm('self_attn_layer_norm'), compute: attention }
    return decoderBlock(graph, config, adapter, first, { norm: norm('final_layer_norm'), compute: feedForward }, keptPreNorm)
  },

  languageHead(config) {
    const width = config.embeddingSize ?? config.hiddenSize
    return causalHead({ ...config, hiddenSize: width }, endWeights(config), 'embed_tokens.weight', (graph, rows) =>
      end(graph, config, rows),
    )
  },

  pool(graph, config) {
    const state = pickedToken(graph, config)
    return pooled(graph, state, end(graph, config, state.rows))
  },
}

function projection(name: string, inFeatures: number, outFeatures: number): LinearTarget {
  return { name, inFeatures, outFeatures, bias: false }
}

/** The weights behind the last block. */
function endWeights({ hiddenSize, embeddingSize, decoder }: ModelConfig): WeightSpec[] {
  return [
    ...(decoder!.normalisesBehind ? [] : normWeights('final_layer_norm', hiddenSize, 'hidden_size')),
    ...(embeddingSize === undefined ? [] : linearWeights(projection('project_out', hiddenSize, embeddingSize), NARROW)),
  ]
}

/** @param rows [M, H] @returns [M, width of the words] */
function end(graph: Graph, { hiddenSize, embeddingSize, normEpsilon, decoder }: ModelConfig, rows: Value): Value {
  const state = decoder!.normalisesBehind ? rows : plainNorm(graph, rows, 'final_layer_norm', normEpsilon)
  if (embeddingSize === undefined) return state
  return frozenLinear(graph, state, { name: 'project_out', inFeatures: hiddenSize, outFeatures: embeddingSize })
}

function linearTargets({ hiddenSize: hidden, intermediateSize: wide, decoder }: ModelConfig): Record<string, LinearTarget> {
  const bias = decoder!.biases.query
  const target = (name: string, inFeatures: number, outFeatures: number): LinearTarget => ({ name, inFeatures, outFeatures, bias })
  return {
    query: target('self_attn.q_proj', hidden, hidden),
    key: target('self_attn.k_proj', hidden, hidden),
    value: target('self_attn.v_proj', hidden, hidden),
    output: target('self_attn.out_proj', hidden, hidden),
    intermediate: target('fc1', hidden, wide),
    'ffn-output': target('fc2', wide, hidden),
  }
}
