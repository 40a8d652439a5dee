/** ALBERT (Lan et al. 2019): one layer that all blocks share, and a word embedding narrower than the hidden states. */
import { tanh } from '#main/engine/operators/activations.ts'
import { add } from '#main/engine/operators/arithmetic.ts'
import type { Shape } from '#main/engine/onnx/graph.ts'
import { linear } from '#main/engine/operators/linear.ts'
import { activationOf, configRules, only, size } from '../config-rules.ts'
import type { Architecture } from './architecture.ts'
import { bert, bertConfig, bertEntries, bertIgnored } from './bert.ts'
import { type EncoderNames, encoderBlock, encoderTargets, encoderWeights } from './encoder-block.ts'
import { maskedHead } from './masked-head.ts'
import { embeddingLinearWeights, firstToken, linearWeights, normWeights, plainLinear, plainNorm, pooled } from './weight-specs.ts'

const names: EncoderNames = {
  query: 'attention.query',
  key: 'attention.key',
  value: 'attention.value',
  output: 'attention.dense',
  intermediate: 'ffn',
  ffnOutput: 'ffn_output',
  attentionNorm: 'attention.LayerNorm',
  outputNorm: 'full_layer_layer_norm',
  keys: { hidden: 'hidden_size', intermediate: 'intermediate_size' },
}

const MAPPING = 'encoder.embedding_hidden_mapping_in'

export const albert: Architecture = {
  ...bert,
  modelType: 'albert',
  config: configRules(
    {
      ...bertEntries,
      hidden_act: activationOf('gelu_new'),
      embedding_size: size.hidden,
      num_hidden_groups: only(1, '1: layers in several groups are not supported'),
      inner_group_num: only(1, '1: several layers in a group are not supported'),
    },
    (file) => ({ ...bertConfig.toConfig(file as never), embeddingSize: file.embedding_size }),
    { ignored: [...bertIgnored, 'down_scale_factor', 'gap_size', 'net_structure_type', 'num_memory_blocks'] },
  ),
  prefix: 'albert.',
  unprefixed: ['classifier.', 'predictions.'],

  embeddingTables: (config) => bert.embeddingTables({ ...config, hiddenSize: config.embeddingSize! }),

  embeddingWeights: (config) => [
    ...bert
      .embeddingWeights({ ...config, hiddenSize: config.embeddingSize! })
      .slice(0, 3)
      .map((spec) => ({ ...spec, from: spec.from.replace('hidden_size', 'embedding_size') })),
    ...normWeights('embeddings.LayerNorm', config.embeddingSize!, 'embedding_size'),
    ...embeddingLinearWeights(
      { name: MAPPING, inFeatures: config.embeddingSize!, outFeatures: config.hiddenSize },
      'embedding_size, hidden_size',
    ),
  ],

  blockWeights: (config) => encoderWeights(names, config),
  poolerWeights: ({ hiddenSize: hidden }) => linearWeights({ name: 'pooler', inFeatures: hidden, outFeatures: hidden }, 'hidden_size'),
  blockPrefix: () => 'encoder.albert_layer_groups.0.albert_layers.0.',
  // Weights are shared, adapters aren't: each pass through the layer has its own.
  adapterPrefix: (layer) => `encoder.pass.${layer}.`,
  linearTargets: (config) => encoderTargets(names, config),

  embed(graph, { embeddingSize, hiddenSize, normEpsilon }) {
    const narrow = embeddingSize!
    const shape: Shape = ['T', narrow]
    const sum = add(graph, add(graph, graph.input('words', shape), graph.input('positions', shape)), graph.input('types', shape))
    const state = plainNorm(graph, sum, 'embeddings.LayerNorm', normEpsilon)
    return linear(graph, state, graph.input(`${MAPPING}.weight`, [hiddenSize, narrow]), graph.input(`${MAPPING}.bias`, [hiddenSize]))
  },

  block: (graph, config, adapter, keptPreNorm) => encoderBlock(graph, config, adapter, names, keptPreNorm),

  languageHead: (config) =>
    maskedHead(config, {
      dense: 'predictions.dense',
      norm: 'predictions.LayerNorm',
      bias: 'predictions.bias',
      words: 'embeddings.word_embeddings.weight',
      own: 'predictions.decoder.weight',
    }),

  pool(graph, config) {
    const state = firstToken(graph, config)
    return pooled(graph, state, tanh(graph, plainLinear(graph, state.rows, 'pooler', config.hiddenSize)))
  },
}
