/** BERT (Devlin et al. 2019), post-norm encoder; names as Hugging Face's `BertModel` writes them. */
import { tanh } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import type { Shape } from '#main/engine/onnx/graph.ts'
import * as v from 'valibot'
import {
  activationOf,
  checkHeads,
  configRules,
  fraction,
  named,
  on,
  only,
  positions,
  size,
  tokenId,
  vocabulary,
  whole,
} from '../config-rules.ts'
import type { Architecture } from './architecture.ts'
import { type EncoderNames, encoderBlock, encoderTargets, encoderWeights } from './encoder-block.ts'
import { maskedHead } from './masked-head.ts'
import { firstToken, linearWeights, normWeights, plainLinear, plainNorm, pooled } from './weight-specs.ts'

/** Keys of config.json that encoders of this kind share. */
export const bertEntries = {
  hidden_size: size.hidden,
  intermediate_size: size.wide,
  num_hidden_layers: size.layers,
  num_attention_heads: size.heads,
  vocab_size: vocabulary,
  max_position_embeddings: positions,
  type_vocab_size: v.optional(whole(1, 1024), 2),
  layer_norm_eps: v.optional(fraction(), 1e-12),
  hidden_act: activationOf('gelu'),
  pad_token_id: tokenId(0),
  tie_word_embeddings: on(),
  position_embedding_type: only('absolute', '"absolute", the only supported one'),
  is_decoder: only(false, 'false: only encoders are supported'),
}

/** Keys that only training and earlier libraries read. */
export const bertIgnored = named(`
  hidden_dropout_prob attention_probs_dropout_prob directionality pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers
  pooler_size_per_head pooler_type
`)

export const bertConfig = configRules(
  bertEntries,
  (file) => {
    checkHeads('num_attention_heads', file.num_attention_heads, 'hidden_size', file.hidden_size)
    return {
      hiddenSize: file.hidden_size,
      intermediateSize: file.intermediate_size,
      layers: file.num_hidden_layers,
      heads: file.num_attention_heads,
      vocabularySize: file.vocab_size,
      maxPositions: file.max_position_embeddings,
      typeVocabularySize: file.type_vocab_size,
      normEpsilon: file.layer_norm_eps,
      activation: file.hidden_act,
      padTokenId: file.pad_token_id,
      tied: file.tie_word_embeddings,
    }
  },
  { ignored: bertIgnored },
)

export const bertNames: EncoderNames = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  output: 'attention.output.dense',
  intermediate: 'intermediate.dense',
  ffnOutput: 'output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  outputNorm: 'output.LayerNorm',
  keys: { hidden: 'hidden_size', intermediate: 'intermediate_size' },
}

export const bert: Architecture = {
  modelType: 'bert',
  config: bertConfig,
  prefix: 'bert.',
  unprefixed: ['cls.', 'classifier.'],
  classifier: { name: 'classifier', bias: true },

  embeddingTables: ({ hiddenSize: width, typeVocabularySize: types, padTokenId: still }) => [
    { input: 'words', name: 'embeddings.word_embeddings.weight', width, by: 'token', still },
    { input: 'positions', name: 'embeddings.position_embeddings.weight', width, by: 'position' },
    { input: 'types', name: 'embeddings.token_type_embeddings.weight', width, by: types > 1 ? 'type' : 'none' },
  ],

  embeddingWeights: ({ vocabularySize, hiddenSize, maxPositions, typeVocabularySize }) => [
    { name: 'embeddings.word_embeddings.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, hidden_size' },
    { name: 'embeddings.position_embeddings.weight', shape: [maxPositions, hiddenSize], from: 'max_position_embeddings, hidden_size' },
    { name: 'embeddings.token_type_embeddings.weight', shape: [typeVocabularySize, hiddenSize], from: 'type_vocab_size, hidden_size' },
    ...normWeights('embeddings.LayerNorm', hiddenSize, 'hidden_size'),
  ],

  blockWeights: (config) => encoderWeights(bertNames, config),

  poolerWeights: ({ hiddenSize: hidden }) =>
    linearWeights({ name: 'pooler.dense', inFeatures: hidden, outFeatures: hidden }, 'hidden_size'),

  blockPrefix: (layer) => `encoder.layer.${layer}.`,

  linearTargets: (config) => encoderTargets(bertNames, config),

  embed(graph, { hiddenSize, normEpsilon }) {
    const shape: Shape = ['T', hiddenSize]
    const sum = add(graph, add(graph, graph.input('words', shape), graph.input('positions', shape)), graph.input('types', shape))
    return plainNorm(graph, sum, 'embeddings.LayerNorm', normEpsilon)
  },

  block: (graph, config, adapter, keptPreNorm) => encoderBlock(graph, config, adapter, bertNames, keptPreNorm),

  languageHead: (config) =>
    maskedHead(config, {
      dense: 'cls.predictions.transform.dense',
      norm: 'cls.predictions.transform.LayerNorm',
      bias: 'cls.predictions.bias',
      words: 'embeddings.word_embeddings.weight',
      own: 'cls.predictions.decoder.weight',
    }),

  pool(graph, config) {
    const state = firstToken(graph, config)
    return pooled(graph, state, tanh(graph, plainLinear(graph, state.rows, 'pooler.dense', config.hiddenSize)))
  },
}
