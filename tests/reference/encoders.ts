/** BERT and its descendants, DeBERTa among them: hidden states, logits of classes and scores of words, from weights under Hugging Face names. */
import type { Read } from './config.ts'
import { ACTIVATIONS, type Rows, type Weights, attend, dot, each, joined, part, plus } from './matrix.ts'

interface Names {
  readonly query: string
  readonly key: string
  readonly value: string
  readonly output: string
  readonly up: string
  readonly down: string
  readonly attentionNorm: string
  readonly outputNorm: string
}

const BERT: Names = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  output: 'attention.output.dense',
  up: 'intermediate.dense',
  down: 'output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  outputNorm: 'output.LayerNorm',
}

export const ENCODER_NAMES: Readonly<Record<string, Names>> = {
  bert: BERT,
  roberta: BERT,
  'xlm-roberta': BERT,
  'deberta-v2': { ...BERT, query: 'attention.self.query_proj', key: 'attention.self.key_proj', value: 'attention.self.value_proj' },
  distilbert: {
    query: 'attention.q_lin',
    key: 'attention.k_lin',
    value: 'attention.v_lin',
    output: 'attention.out_lin',
    up: 'ffn.lin1',
    down: 'ffn.lin2',
    attentionNorm: 'sa_layer_norm',
    outputNorm: 'output_layer_norm',
  },
  albert: {
    query: 'attention.query',
    key: 'attention.key',
    value: 'attention.value',
    output: 'attention.dense',
    up: 'ffn',
    down: 'ffn_output',
    attentionNorm: 'attention.LayerNorm',
    outputNorm: 'full_layer_layer_norm',
  },
}

export interface EncoderSizes {
  readonly prefix: string
  readonly hidden: number
  readonly wide: number
  readonly layers: number
  readonly heads: number
  readonly epsilon: number
  readonly activation: string
}

export function encoderSizes(config: Read): EncoderSizes {
  const distil = config.type === 'distilbert'
  const prefix = { 'xlm-roberta': 'roberta', 'deberta-v2': 'deberta' }[config.type] ?? config.type
  return {
    prefix: `${prefix}.`,
    hidden: config.number(distil ? 'dim' : 'hidden_size'),
    wide: config.number(distil ? 'hidden_dim' : 'intermediate_size'),
    layers: config.number(distil ? 'n_layers' : 'num_hidden_layers'),
    heads: config.number(distil ? 'n_heads' : 'num_attention_heads'),
    epsilon: distil ? 1e-12 : config.number('layer_norm_eps'),
    activation: config.text(distil ? 'activation' : 'hidden_act'),
  }
}

export function layerPrefix(config: Read, layer: number): string {
  const { prefix } = encoderSizes(config)
  if (config.type === 'albert') return `${prefix}encoder.albert_layer_groups.0.albert_layers.0.`
  return config.type === 'distilbert' ? `${prefix}transformer.layer.${layer}.` : `${prefix}encoder.layer.${layer}.`
}

export function encode(config: Read, weights: Weights, ids: readonly number[], types: readonly number[]): Float64Array[] {
  const { prefix, layers, heads, hidden, epsilon, activation } = encoderSizes(config)
  const at = `${prefix}embeddings.`
  let x: Rows = ids.map((id) => weights.row(`${at}word_embeddings.weight`, id))
  if (config.type !== 'deberta-v2') {
    const positions = positionsOf(config, ids)
    x = plus(
      x,
      positions.map((position) => weights.row(`${at}position_embeddings.weight`, position)),
    )
    if (config.type !== 'distilbert') {
      const known = config.number('type_vocab_size')
      x = plus(
        x,
        types.map((type) => weights.row(`${at}token_type_embeddings.weight`, known > 1 ? type : 0)),
      )
    }
  }
  x = weights.layerNorm(x, `${at}LayerNorm`, epsilon)
  if (config.type === 'albert') x = weights.linear(x, `${prefix}encoder.embedding_hidden_mapping_in`)
  const names = ENCODER_NAMES[config.type]!
  const act = ACTIVATIONS[activation]!
  const far = config.type === 'deberta-v2' ? distances(config, weights) : null
  for (let layer = 0; layer < layers; layer++) {
    const own = layerPrefix(config, layer)
    const width = hidden / heads
    const [q, k, v] = [names.query, names.key, names.value].map<Rows>((name) => weights.linear(x, own + name)) as [Rows, Rows, Rows]
    const scores = far
      ? far(own, q, k, width)
      : (h: number) => (i: number, j: number) => dot(part(q[i]!, h, width), part(k[j]!, h, width)) / Math.sqrt(width)
    const byHead = Array.from({ length: heads }, (_, h) =>
      attend(
        ids.length,
        v.map((row) => part(row, h, width)),
        scores(h),
        () => true,
      ),
    )
    const attended = plus(x, weights.linear(joined(byHead), own + names.output))
    const state = weights.layerNorm(attended, own + names.attentionNorm, epsilon)
    const inner = each(weights.linear(state, own + names.up), act)
    x = weights.layerNorm(plus(state, weights.linear(inner, own + names.down)), own + names.outputNorm, epsilon)
  }
  return [...x]
}

/** RoBERTa counts from the one behind the padding token, and padding itself has no place of its own. */
function positionsOf(config: Read, ids: readonly number[]): number[] {
  if (!config.type.endsWith('roberta')) return ids.map((_, i) => i)
  const padding = config.number('pad_token_id')
  let count = 0
  return ids.map((id) => (id === padding ? padding : padding + ++count))
}

/** Scores with disentangled attention; the queries and keys of distances are projected by those of the content. */
function distances(config: Read, weights: Weights) {
  const { prefix, hidden, epsilon } = encoderSizes(config)
  const stated = config.get('pos_att_type')
  const kinds = typeof stated === 'string' ? stated.split('|').map((kind) => kind.trim().toLowerCase()) : ((stated ?? []) as string[])
  const norms = config
    .text('norm_rel_ebd')
    .toLowerCase()
    .split('|')
    .map((word) => word.trim())
  const buckets = config.number('position_buckets')
  const stretch = config.number('max_relative_positions')
  const farthest = stretch < 1 ? config.number('max_position_embeddings') : stretch
  const span = buckets > 0 ? buckets : farthest
  const stored = Array.from({ length: 2 * span }, (_, i) => weights.row(`${prefix}encoder.rel_embeddings.weight`, i))
  const table = norms.includes('layer_norm') ? weights.layerNorm(stored, `${prefix}encoder.LayerNorm`, epsilon) : stored
  const bucket = (distance: number): number => {
    const middle = Math.trunc(buckets / 2)
    if (buckets <= 0 || Math.abs(distance) <= middle) return distance
    const log = Math.log(Math.abs(distance) / middle) / Math.log((farthest - 1) / middle)
    return Math.sign(distance) * (Math.ceil(log * (middle - 1)) + middle)
  }
  const rowOf = (distance: number): number => Math.min(2 * span - 1, Math.max(0, distance + span))
  return (own: string, q: Rows, k: Rows, width: number) => {
    const names = ENCODER_NAMES['deberta-v2']!
    const [qFar, kFar] = [names.query, names.key].map<Rows>((name) => weights.linear(table, own + name)) as [Rows, Rows]
    if (table[0]!.length !== hidden) throw new Error('a table of another width')
    const terms = 1 + Number(kinds.includes('c2p')) + Number(kinds.includes('p2c'))
    return (h: number) => (i: number, j: number) => {
      const one = (row: Float64Array): Float64Array => part(row, h, width)
      let score = dot(one(q[i]!), one(k[j]!))
      if (kinds.includes('c2p')) score += dot(one(q[i]!), one(kFar[rowOf(bucket(i - j))]!))
      // What the key says about its own distance to the query.
      if (kinds.includes('p2c')) score += dot(one(k[j]!), one(qFar[rowOf(-bucket(j - i))]!))
      return score / Math.sqrt(width * terms)
    }
  }
}

export function classifyEncoder(config: Read, weights: Weights, states: Rows): Float64Array {
  const first = [states[0]!]
  const head = (dense: string, act: (x: number) => number, out: string): Float64Array =>
    weights.linear(each(weights.linear(first, dense), act), out)[0]!
  switch (config.type) {
    case 'bert':
      return head('bert.pooler.dense', Math.tanh, 'classifier')
    case 'albert':
      return head('albert.pooler', Math.tanh, 'classifier')
    case 'distilbert':
      return head('pre_classifier', ACTIVATIONS['relu']!, 'classifier')
    case 'deberta-v2':
      return head('pooler.dense', ACTIVATIONS['gelu']!, 'classifier')
    default:
      return head('classifier.dense', Math.tanh, 'classifier.out_proj')
  }
}

/** What the masked head of each is made of: dense, normalisation, bias of the words, an output matrix of its own. */
export const MASKED_HEADS: Readonly<Record<string, readonly [dense: string, norm: string, bias: string, own: string]>> = {
  bert: [
    'cls.predictions.transform.dense',
    'cls.predictions.transform.LayerNorm',
    'cls.predictions.bias',
    'cls.predictions.decoder.weight',
  ],
  roberta: ['lm_head.dense', 'lm_head.layer_norm', 'lm_head.bias', 'lm_head.decoder.weight'],
  'xlm-roberta': ['lm_head.dense', 'lm_head.layer_norm', 'lm_head.bias', 'lm_head.decoder.weight'],
  albert: ['predictions.dense', 'predictions.LayerNorm', 'predictions.bias', 'predictions.decoder.weight'],
  distilbert: ['vocab_transform', 'vocab_layer_norm', 'vocab_projector.bias', 'vocab_projector.weight'],
}

/** Scores of words in the place of one token. */
export function maskedScores(config: Read, weights: Weights, states: Rows, at: number, words: readonly number[]): number[] {
  const { prefix, epsilon, activation } = encoderSizes(config)
  const [dense, norm, bias, own] = MASKED_HEADS[config.type]!
  const act = ACTIVATIONS[config.type.endsWith('roberta') ? 'gelu' : activation]!
  const state = weights.layerNorm(each(weights.linear([states[at]!], dense), act), norm, epsilon)[0]!
  const matrix = weights.has(own) ? own : `${prefix}embeddings.word_embeddings.weight`
  return words.map((word) => dot(state, weights.row(matrix, word)) + weights.get(bias).data[word]!)
}
