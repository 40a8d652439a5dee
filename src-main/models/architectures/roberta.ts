/**
 * RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020): BERT without the next-sentence task, so without a pooler; positions count from
 * the one after the padding token's id, and the classification head has a layer of its own.
 */
import { tanh } from '#main/engine/operators/activations.ts'
import * as v from 'valibot'
import { configRules, whole } from '../config-rules.ts'
import type { Architecture } from './architecture.ts'
import { bert, bertConfig, bertEntries } from './bert.ts'
import { maskedHead } from './masked-head.ts'
import { firstToken, linearWeights, plainLinear, pooled } from './weight-specs.ts'

const entries = { ...bertEntries, type_vocab_size: v.optional(whole(1, 1024), 1), pad_token_id: v.nullish(whole(0, 10_000_000), 1) }

const family = (modelType: string): Architecture => ({
  ...bert,
  modelType,
  config: configRules(entries, (file) => {
    const own = bertConfig.toConfig({ ...file, pad_token_id: file.pad_token_id ?? 1 } as never)
    return { ...own, maxPositions: own.maxPositions - own.padTokenId - 1 }
  }),
  prefix: 'roberta.',
  unprefixed: ['lm_head.', 'classifier.'],
  classifier: { name: 'classifier.out_proj', bias: true },

  embeddingTables: (config) =>
    bert.embeddingTables(config).map((table) => (table.by === 'position' ? { ...table, first: config.padTokenId + 1 } : table)),

  embeddingWeights: (config) => bert.embeddingWeights({ ...config, maxPositions: config.maxPositions + config.padTokenId + 1 }),

  poolerWeights: ({ hiddenSize: hidden }) =>
    linearWeights({ name: 'classifier.dense', inFeatures: hidden, outFeatures: hidden }, 'hidden_size'),

  languageHead: (config) =>
    maskedHead(
      config,
      { dense: 'lm_head.dense', norm: 'lm_head.layer_norm', bias: 'lm_head.bias', words: 'embeddings.word_embeddings.weight' },
      'gelu',
    ),

  pool(graph, config) {
    const state = firstToken(graph, config)
    return pooled(graph, state, tanh(graph, plainLinear(graph, state.rows, 'classifier.dense', config.hiddenSize)))
  },
})

export const roberta = family('roberta')
export const xlmRoberta = family('xlm-roberta')
