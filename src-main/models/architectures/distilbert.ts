/** DistilBERT (Sanh et al. 2019): BERT with half the layers, no token types and no pooler; the classification head has a layer of its own. */
import { activation } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import { activationOf, checkHeads, configRules, named, on, positions, size, tokenId, vocabulary } from '../config-rules.ts'
import type { Architecture } from './architecture.ts'
import { type EncoderNames, encoderBlock, encoderTargets, encoderWeights } from './encoder-block.ts'
import { maskedHead } from './masked-head.ts'
import { firstToken, linearWeights, normWeights, plainLinear, plainNorm, pooled } from './weight-specs.ts'

const names: EncoderNames = {
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  output: 'attention.out_lin',
  intermediate: 'ffn.lin1',
  ffnOutput: 'ffn.lin2',
  attentionNorm: 'sa_layer_norm',
  outputNorm: 'output_layer_norm',
  keys: { hidden: 'dim', intermediate: 'hidden_dim' },
}

/** DistilBERT's config has no key for it. */
const NORM_EPSILON = 1e-12

export const distilbert: Architecture = {
  modelType: 'distilbert',
  config: configRules(
    {
      dim: size.hidden,
      hidden_dim: size.wide,
      n_layers: size.layers,
      n_heads: size.heads,
      vocab_size: vocabulary,
      max_position_embeddings: positions,
      activation: activationOf('gelu'),
      pad_token_id: tokenId(0),
      tie_word_embeddings: on(),
    },
    (file) => {
      checkHeads('n_heads', file.n_heads, 'dim', file.dim)
      return {
        hiddenSize: file.dim,
        intermediateSize: file.hidden_dim,
        layers: file.n_layers,
        heads: file.n_heads,
        vocabularySize: file.vocab_size,
        maxPositions: file.max_position_embeddings,
        typeVocabularySize: 0,
        normEpsilon: NORM_EPSILON,
        activation: file.activation,
        padTokenId: file.pad_token_id,
        tied: file.tie_word_embeddings,
      }
    },
    {
      // Positions are stored, however they came about.
      ignored: named('dropout attention_dropout qa_dropout seq_classif_dropout sinusoidal_pos_embds tie_weights_'),
      aliases: { hidden_size: 'dim', num_attention_heads: 'n_heads', num_hidden_layers: 'n_layers' },
    },
  ),
  prefix: 'distilbert.',
  unprefixed: ['pre_classifier.', 'classifier.', 'vocab_'],
  classifier: { name: 'classifier', bias: true },

  embeddingTables: ({ hiddenSize: width, padTokenId: still }) => [
    { input: 'words', name: 'embeddings.word_embeddings.weight', width, by: 'token', still },
    { input: 'positions', name: 'embeddings.position_embeddings.weight', width, by: 'position' },
  ],

  embeddingWeights: ({ vocabularySize, hiddenSize, maxPositions }) => [
    { name: 'embeddings.word_embeddings.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, dim' },
    { name: 'embeddings.position_embeddings.weight', shape: [maxPositions, hiddenSize], from: 'max_position_embeddings, dim' },
    ...normWeights('embeddings.LayerNorm', hiddenSize, 'dim'),
  ],

  blockWeights: (config) => encoderWeights(names, config),
  poolerWeights: ({ hiddenSize: hidden }) => linearWeights({ name: 'pre_classifier', inFeatures: hidden, outFeatures: hidden }, 'dim'),
  blockPrefix: (layer) => `transformer.layer.${layer}.`,
  linearTargets: (config) => encoderTargets(names, config),

  embed(graph, { hiddenSize, normEpsilon }) {
    const sum = add(graph, graph.input('words', ['T', hiddenSize]), graph.input('positions', ['T', hiddenSize]))
    return plainNorm(graph, sum, 'embeddings.LayerNorm', normEpsilon)
  },

  block: (graph, config, adapter, keptPreNorm) => encoderBlock(graph, config, adapter, names, keptPreNorm),

  languageHead: (config) =>
    maskedHead(config, {
      dense: 'vocab_transform',
      norm: 'vocab_layer_norm',
      bias: 'vocab_projector.bias',
      words: 'embeddings.word_embeddings.weight',
      own: 'vocab_projector.weight',
    }),

  pool(graph, config) {
    const state = firstToken(graph, config)
    return pooled(graph, state, activation(graph, plainLinear(graph, state.rows, 'pre_classifier', config.hiddenSize), 'relu'))
  },
}
