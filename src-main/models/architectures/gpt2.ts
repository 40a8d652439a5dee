/** GPT-2 (Radford et al. 2019): learned positions, one projection for query, key and value, weights stored [in, out] (`Conv1D`). */
import { activation } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import { slice } from '#main/engine/operators/pieces.ts'
import type { Value } from '#main/engine/onnx/graph.ts'
import * as v from 'valibot'
import { activationOf, checkHeads, configRules, fraction, named, on, only, positions, size, tokenId, vocabulary } from '../config-rules.ts'
import type { ModelConfig } from '../model-config.ts'
import type { Architecture, LinearTarget } from './architecture.ts'
import type { BlockParts } from './block-parts.ts'
import { causalHead } from './causal-head.ts'
import { causalAttention, decoderBlock, decoderInputs } from './decoder-block.ts'
import { linearWeights, normWeights, pickedToken, plainNorm, pooled } from './weight-specs.ts'

const FROM = 'n_embd'

export const gpt2: Architecture = {
  modelType: 'gpt2',
  config: configRules(
    {
      n_embd: size.hidden,
      n_inner: v.nullish(size.wide),
      n_layer: size.layers,
      n_head: size.heads,
      n_positions: positions,
      vocab_size: vocabulary,
      layer_norm_epsilon: v.optional(fraction(), 1e-5),
      activation_function: activationOf('gelu_new'),
      pad_token_id: tokenId(null),
      tie_word_embeddings: on(),
      scale_attn_weights: only(true, 'true'),
      scale_attn_by_inverse_layer_idx: only(false, 'false: scaling by layer is not supported'),
    },
    (file) => {
      checkHeads('n_head', file.n_head, 'n_embd', file.n_embd)
      return {
        hiddenSize: file.n_embd,
        intermediateSize: file.n_inner ?? 4 * file.n_embd,
        layers: file.n_layer,
        heads: file.n_head,
        vocabularySize: file.vocab_size,
        maxPositions: file.n_positions,
        typeVocabularySize: 0,
        normEpsilon: file.layer_norm_epsilon,
        activation: file.activation_function,
        padTokenId: file.pad_token_id,
        tied: file.tie_word_embeddings,
        decoder: {
          keyValueHeads: file.n_head,
          headSize: file.n_embd / file.n_head,
          window: null,
          rotary: null,
          biases: { query: true, output: true, feedForward: true },
          normalisesHeads: false,
        },
      }
    },
    {
      ignored: named(`
        attn_pdrop embd_pdrop resid_pdrop n_ctx n_special predict_special_tokens reorder_and_upcast_attn is_decoder
        summary_activation summary_first_dropout summary_proj_to_labels summary_type summary_use_proj
      `),
      aliases: {
        hidden_size: 'n_embd',
        max_position_embeddings: 'n_positions',
        num_attention_heads: 'n_head',
        num_hidden_layers: 'n_layer',
      },
    },
  ),
  prefix: 'transformer.',
  unprefixed: ['lm_head.', 'score.'],
  classifier: { name: 'score', bias: false },

  embeddingTables: ({ hiddenSize: width }) => [
    { input: 'words', name: 'wte.weight', width, by: 'token' },
    { input: 'positions', name: 'wpe.weight', width, by: 'position' },
  ],
  embeddingWeights: ({ vocabularySize, hiddenSize, maxPositions }) => [
    { name: 'wte.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, n_embd' },
    { name: 'wpe.weight', shape: [maxPositions, hiddenSize], from: 'n_positions, n_embd' },
  ],
  blockWeights: (config) => {
    const { query, output, intermediate, 'ffn-output': last } = linearTargets(config)
    return [
      ...normWeights('ln_1', config.hiddenSize, FROM),
      ...[query, output].flatMap((target) => linearWeights(target!, FROM)),
      ...normWeights('ln_2', config.hiddenSize, FROM),
      ...[intermediate, last].flatMap((target) => linearWeights(target!, `${FROM}, n_inner`)),
    ]
  },
  poolerWeights: ({ hiddenSize }) => normWeights('ln_f', hiddenSize, FROM),
  blockPrefix: (layer) => `h.${layer}.`,
  linearTargets,

  embed: (graph, { hiddenSize }) => add(graph, graph.input('words', ['T', hiddenSize]), graph.input('positions', ['T', hiddenSize])),
  blockInputs: decoderInputs,
  block(graph, config, adapter, keptPreNorm) {
    const { hiddenSize: hidden, normEpsilon } = config
    const targets = linearTargets(config)
    const norm = (name: string) => (parts: BlockParts, rows: Value) => parts.norm(rows, name, normEpsilon)
    const attention = (parts: BlockParts, rows: Value): Value => {
      const all = parts.linear(rows, targets['query']!)
      const third = (i: number): Value => slice(graph, all, 1, i * hidden, (i + 1) * hidden)
      const attended = causalAttention(parts, config, { query: third(0), key: third(1), value: third(2) })
      return parts.linear(attended, targets['output']!)
    }
    const feedForward = (parts: BlockParts, rows: Value): Value =>
      parts.linear(activation(graph, parts.linear(rows, targets['intermediate']!), config.activation), targets['ffn-output']!)
    const first = { norm: norm('ln_1'), compute: attention }
    return decoderBlock(graph, config, adapter, first, { norm: norm('ln_2'), compute: feedForward }, keptPreNorm)
  },

  languageHead: (config) =>
    causalHead(config, normWeights('ln_f', config.hiddenSize, FROM), 'wte.weight', (graph, rows) =>
      plainNorm(graph, rows, 'ln_f', config.normEpsilon),
    ),

  pool(graph, config) {
    const state = pickedToken(graph, config)
    return pooled(graph, state, plainNorm(graph, state.rows, 'ln_f', config.normEpsilon))
  },
}

/** Query, key and value are one layer: an adapter on any of them is one on all, as in PEFT. */
function linearTargets({ hiddenSize: hidden, intermediateSize: wide }: ModelConfig): Record<string, LinearTarget> {
  const target = (name: string, inFeatures: number, outFeatures: number): LinearTarget => ({ name, inFeatures, outFeatures, inOut: true })
  const together = target('attn.c_attn', hidden, 3 * hidden)
  return {
    query: together,
    key: together,
    value: together,
    output: target('attn.c_proj', hidden, hidden),
    intermediate: target('mlp.c_fc', hidden, wide),
    'ffn-output': target('mlp.c_proj', wide, hidden),
  }
}
