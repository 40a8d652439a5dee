/**
 * RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT without the next-sentence task, so without a pooler; positions count from
 * the one after the padding token's id, and the classification head has a layer of its own.
 */
import { tanh } from '#main/engine/operators/activations.ts'
import * as v from 'valibot'
import { Misfit, configRules, whole } from '../config-rules.ts'
import type { Architecture } from './architecture.ts'
import { bert, bertConfig, bertEntries, bertIgnored } from './bert.ts'
import { maskedHead } from './masked-head.ts'
import { firstToken, linearWeights, plainLinear, pooled } from './weight-specs.ts'

const entries = {
  ...bertEntries,
  // Positions count from the one behind it.
  pad_token_id: v.optional(whole(0, 10_000_000), 1),
}

const family = (modelType: string): Architecture => ({
  ...bert,
  modelType,
  config: configRules(
    entries,
    (file) => {
      const maxPositions = file.max_position_embeddings - file.pad_token_id - 1
      if (maxPositions < 1) {
        const expected = `more than pad_token_id ${file.pad_token_id} and 1, which positions count from`
        throw new Misfit('max_position_embeddings', `${file.max_position_embeddings}`, expected)
      }
      return { ...bertConfig.toConfig(file as never), maxPositions }
    },
    { ignored: bertIgnored },
  ),
  prefix: 'roberta.',
  unprefixed: ['lm_head.', 'classifier.'],
  classifier: { name: 'classifier.out_proj', bias: true },

  embeddingTables: (config) =>
    bert.embeddingTables(config).map((table) => {
      const padding = config.padTokenId!
      return table.by === 'position' ? { ...table, first: padding + 1, unplaced: padding, still: padding } : table
    }),

  embeddingWeights: (config) => bert.embeddingWeights({ ...config, maxPositions: config.maxPositions + config.padTokenId! + 1 }),

  poolerWeights: ({ hiddenSize: hidden }) =>
    linearWeights({ name: 'classifier.dense', inFeatures: hidden, outFeatures: hidden }, 'hidden_size'),

  languageHead: (config) =>
    maskedHead(
      config,
      {
        dense: 'lm_head.dense',
        norm: 'lm_head.layer_norm',
        bias: 'lm_head.bias',
        words: 'embeddings.word_embeddings.weight',
        own: 'lm_head.decoder.weight',
      },
      'gelu',
    ),

  pool(graph, config) {
    const state = firstToken(graph, config)
    return pooled(graph, state, tanh(graph, plainLinear(graph, state.rows, 'classifier.dense', config.hiddenSize)))
  },
})

export const roberta = family('roberta')
export const xlmRoberta = family('xlm-roberta')
