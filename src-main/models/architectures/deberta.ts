/**
 * DeBERTa-v2 and v3 (He et al. 2020, 2021): scores are the sum of what two tokens say, of what one says about the distance to the other, and
 * the other way round. Distances have embeddings that all layers share, and the projections of queries and keys serve them too.
 */
import { activation } from '#main/engine/operators/activations.ts'
import { add, scale } from '#main/engine/operators/arithmetic.ts'
import { frozenWeight } from '#main/engine/operators/frozen-weight.ts'
import { gatherLast } from '#main/engine/operators/gather.ts'
import { matmul, transposeLast } from '#main/engine/operators/linear.ts'
import { softmax } from '#main/engine/operators/normalise.ts'
import { transpose } from '#main/engine/operators/shape.ts'
import type { Value } from '#main/engine/onnx/graph.ts'
import * as v from 'valibot'
import {
  Misfit,
  activationOf,
  always,
  checkHeads,
  configRules,
  fraction,
  named,
  only,
  positions,
  repeated,
  size,
  tokenId,
  vocabulary,
  whole,
} from '../config-rules.ts'
import type { ModelConfig, RelativeConfig } from '../model-config.ts'
import type { Architecture, BlockInputs } from './architecture.ts'
import { bertNames } from './bert.ts'
import type { BlockParts } from './block-parts.ts'
import { type EncoderNames, type EncoderTargets, encoderBlock, encoderTargets, encoderWeights } from './encoder-block.ts'
import { firstToken, linearWeights, normWeights, plainLinear, plainNorm, pooled } from './weight-specs.ts'

const names: EncoderNames = {
  ...bertNames,
  query: 'attention.self.query_proj',
  key: 'attention.self.key_proj',
  value: 'attention.self.value_proj',
}

const TABLE = 'encoder.rel_embeddings'
const TABLE_NORM = 'encoder.LayerNorm'

export const debertaV2: Architecture = {
  modelType: 'deberta-v2',
  config: configRules(
    {
      hidden_size: size.hidden,
      intermediate_size: size.wide,
      num_hidden_layers: size.layers,
      num_attention_heads: size.heads,
      vocab_size: vocabulary,
      max_position_embeddings: v.optional(positions, 512),
      layer_norm_eps: v.optional(fraction(), 1e-7),
      hidden_act: activationOf('gelu'),
      pad_token_id: tokenId(0),
      embedding_size: repeated(),
      attention_head_size: repeated(),
      pooler_hidden_size: repeated(),
      relative_attention: always(true, 'true: only disentangled attention is supported'),
      position_buckets: v.optional(whole(-1, 1_000_000), -1),
      max_relative_positions: v.optional(whole(-1, 1_000_000), -1),
      pos_att_type: v.nullish(v.union([v.string(), v.array(v.string())], '"c2p|p2c", or a list of them')),
      norm_rel_ebd: v.optional(v.string('"layer_norm" or "none"'), 'none'),
      share_att_key: always(true, 'true: projections of their own for distances are not supported'),
      position_biased_input: always(false, 'false: positions added to the input are not supported'),
      type_vocab_size: only(0, '0: token types are not supported'),
      conv_kernel_size: only(0, '0: convolution is not supported'),
      pooler_hidden_act: only('gelu', '"gelu"'),
    },
    (file) => {
      checkHeads('num_attention_heads', file.num_attention_heads, 'hidden_size', file.hidden_size)
      const { hidden_size: hidden, num_attention_heads: heads } = file
      same('embedding_size', file.embedding_size, hidden, `hidden_size ${hidden}: projections are not supported`)
      same('pooler_hidden_size', file.pooler_hidden_size, hidden, `hidden_size ${hidden}, as transformers needs it`)
      same('attention_head_size', file.attention_head_size, hidden / heads, `${hidden / heads}, hidden_size over num_attention_heads`)
      const kinds = words('pos_att_type', file.pos_att_type ?? [], ['c2p', 'p2c'])
      const norms = words('norm_rel_ebd', file.norm_rel_ebd, ['layer_norm', 'none'])
      const farthest = file.max_relative_positions
      return {
        hiddenSize: file.hidden_size,
        intermediateSize: file.intermediate_size,
        layers: file.num_hidden_layers,
        heads: file.num_attention_heads,
        vocabularySize: file.vocab_size,
        maxPositions: file.max_position_embeddings,
        typeVocabularySize: 0,
        normEpsilon: file.layer_norm_eps,
        activation: file.hidden_act,
        padTokenId: file.pad_token_id,
        tied: true,
        relative: {
          buckets: Math.max(0, file.position_buckets),
          maxDistance: farthest < 1 ? file.max_position_embeddings : farthest,
          kinds: { contentToPosition: kinds.includes('c2p'), positionToContent: kinds.includes('p2c') },
          normalised: norms.includes('layer_norm'),
        },
      }
    },
    {
      // The family has no language-model head here, so there is no output matrix to tie.
      ignored: named(`
        hidden_dropout_prob attention_probs_dropout_prob pooler_dropout cls_dropout z_steps legacy is_decoder tie_word_embeddings
      `),
    },
  ),
  prefix: 'deberta.',
  unprefixed: ['pooler.', 'classifier.', 'cls.', 'lm_predictions.'],
  classifier: { name: 'classifier', bias: true },

  embeddingTables: ({ hiddenSize: width, padTokenId: still }) => [
    { input: 'words', name: 'embeddings.word_embeddings.weight', width, by: 'token', still },
  ],
  embeddingWeights: ({ vocabularySize, hiddenSize }) => [
    { name: 'embeddings.word_embeddings.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, hidden_size' },
    ...normWeights('embeddings.LayerNorm', hiddenSize, 'hidden_size'),
  ],
  blockWeights: (config) => {
    const { hiddenSize, relative } = config
    const table = { name: `${TABLE}.weight`, shape: [2 * span(relative!), hiddenSize], from: 'position_buckets, hidden_size' }
    const norm = relative!.normalised ? normWeights(TABLE_NORM, hiddenSize, 'hidden_size') : []
    return [...encoderWeights(names, config), ...[table, ...norm].map((spec) => ({ ...spec, bias: false, shared: true }))]
  },
  poolerWeights: ({ hiddenSize: hidden }) =>
    linearWeights({ name: 'pooler.dense', inFeatures: hidden, outFeatures: hidden }, 'hidden_size'),
  blockPrefix: (layer) => `encoder.layer.${layer}.`,
  linearTargets: (config) => encoderTargets(names, config),

  embed: (graph, { hiddenSize, normEpsilon }) =>
    plainNorm(graph, graph.input('words', ['T', hiddenSize]), 'embeddings.LayerNorm', normEpsilon),

  blockInputs: ({ relative }, tokens) => distances(relative!, tokens),

  block: (graph, config, adapter, keptPreNorm) =>
    encoderBlock(graph, config, adapter, names, keptPreNorm, (parts, rows, targets) => disentangled(parts, config, rows, targets)),

  pool(graph, config) {
    const state = firstToken(graph, config)
    return pooled(graph, state, activation(graph, plainLinear(graph, state.rows, 'pooler.dense', config.hiddenSize), 'gelu'))
  },

  languageHead: () => null,
}

/**
 * Words between bars in any case, with spaces around them, or in a list as they are.
 * @throws Misfit for others: transformers would pass over them
 */
function words(key: string, given: string | readonly string[], known: readonly string[]): string[] {
  const found = typeof given === 'string' ? given.split('|').map((word) => word.trim().toLowerCase()) : [...given]
  if (found.every((word) => known.includes(word) || word === '')) return found
  throw new Misfit(key, JSON.stringify(given), known.map((word) => `"${word}"`).join(' and ') + ', between bars or in a list')
}

function same(key: string, found: number | null | undefined, wanted: number, expected: string): void {
  if (found != null && found !== wanted) throw new Misfit(key, `${found}`, expected)
}

/** The number of distance embeddings on either side. */
function span({ buckets, maxDistance }: RelativeConfig): number {
  return buckets > 0 ? buckets : maxDistance
}

/** Input `distances` int64 [S, S]: the row of the table for a token at i that attends to one at j. */
function distances(relative: RelativeConfig, tokens: number): BlockInputs {
  const most = span(relative)
  const rows = new BigInt64Array(tokens * tokens)
  for (let i = 0; i < tokens; i++) {
    for (let j = 0; j < tokens; j++) {
      rows[i * tokens + j] = BigInt(Math.min(2 * most - 1, Math.max(0, bucket(i - j, relative) + most)))
    }
  }
  return { distances: { data: rows, dims: [tokens, tokens] } }
}

/** Near distances are their own buckets, far ones share them logarithmically. */
function bucket(distance: number, { buckets, maxDistance }: RelativeConfig): number {
  const middle = Math.floor(buckets / 2)
  const length = Math.abs(distance)
  if (buckets === 0 || length <= middle) return distance
  const own = Math.ceil((Math.log(length / middle) / Math.log((maxDistance - 1) / middle)) * (middle - 1)) + middle
  return Math.sign(distance) * own
}

function disentangled(
  parts: BlockParts,
  { hiddenSize, heads, relative, normEpsilon }: ModelConfig,
  rows: Value,
  targets: EncoderTargets,
): Value {
  const { graph } = parts
  const { kinds, normalised } = relative!
  const width = hiddenSize / heads
  const mask = graph.input('mask', ['N', 1, 1, 'S'])
  const index = graph.input('distances', ['S', 'S'], 'int64')
  const stored = frozenWeight(graph, `${TABLE}.weight`, [2 * span(relative!), hiddenSize])
  const table = normalised ? plainNorm(graph, stored, TABLE_NORM, normEpsilon) : stored
  const toHeads = (target: string): Value => parts.heads(parts.linear(rows, targets[target]!), heads, width)
  const [query, key, value] = [toHeads('query'), toHeads('key'), toHeads('value')]
  const ofDistances = (target: string): Value => parts.sharedHeads(table, targets[target]!, heads, width)

  let scores = matmul(graph, query, transposeLast(graph, key))
  if (kinds.contentToPosition) {
    scores = add(graph, scores, gatherLast(graph, matmul(graph, query, transposeLast(graph, ofDistances('key'))), index))
  }
  if (kinds.positionToContent) {
    const fromKeys = matmul(graph, key, transposeLast(graph, ofDistances('query')))
    scores = add(graph, scores, transposeLast(graph, gatherLast(graph, fromKeys, transpose(graph, index, [1, 0]))))
  }
  const terms = 1 + Number(kinds.contentToPosition) + Number(kinds.positionToContent)
  const weighed = softmax(graph, add(graph, scale(graph, scores, 1 / Math.sqrt(width * terms)), mask))
  return parts.joined(matmul(graph, weighed, value))
}
