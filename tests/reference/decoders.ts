/** Models that read from left to right: hidden states, logits of classes and losses of the next words. */
import type { Read } from './config.ts'
import { ACTIVATIONS, type Rows, type Weights, attend, dot, each, joined, part, plus, times } from './matrix.ts'

export interface DecoderSizes {
  readonly hidden: number
  readonly wide: number
  readonly layers: number
  readonly heads: number
  /** Of keys and values. */
  readonly groups: number
  readonly width: number
}

export function decoderSizes(config: Read): DecoderSizes {
  if (config.type === 'gpt2') {
    const [hidden, heads] = [config.number('n_embd'), config.number('n_head')]
    const wide = (config.get('n_inner') as number | null) ?? 4 * hidden
    return { hidden, wide, layers: config.number('n_layer'), heads, groups: heads, width: hidden / heads }
  }
  const [hidden, heads, layers] = ['hidden_size', 'num_attention_heads', 'num_hidden_layers'].map((key) => config.number(key)) as [
    number,
    number,
    number,
  ]
  const wide = config.number(config.type === 'opt' ? 'ffn_dim' : 'intermediate_size')
  const groups = config.type === 'opt' ? heads : ((config.get('num_key_value_heads') as number | null | undefined) ?? heads)
  const width = config.type === 'opt' ? hidden / heads : ((config.get('head_dim') as number | null | undefined) ?? hidden / heads)
  return { hidden, wide, layers, heads, groups, width }
}

export function decode(config: Read, weights: Weights, ids: readonly number[]): Float64Array[] {
  return config.type === 'gpt2'
    ? gpt2(config, weights, ids)
    : config.type === 'opt'
      ? opt(config, weights, ids)
      : rotary(config, weights, ids)
}

function gpt2(config: Read, weights: Weights, ids: readonly number[]): Float64Array[] {
  const { layers, hidden } = decoderSizes(config)
  const epsilon = config.number('layer_norm_epsilon')
  const act = ACTIVATIONS[config.text('activation_function')]!
  let x: Rows = ids.map((id, i) => plus([weights.row('transformer.wte.weight', id)], [weights.row('transformer.wpe.weight', i)])[0]!)
  for (let layer = 0; layer < layers; layer++) {
    const own = `transformer.h.${layer}.`
    const all = weights.linear(weights.layerNorm(x, `${own}ln_1`, epsilon), `${own}attn.c_attn`, 'in-out')
    const [q, k, v] = [0, 1, 2].map<Rows>((third) => all.map((row) => part(row, third, hidden))) as [Rows, Rows, Rows]
    x = plus(x, weights.linear(attention(config, q, k, v, null), `${own}attn.c_proj`, 'in-out'))
    const inner = each(weights.linear(weights.layerNorm(x, `${own}ln_2`, epsilon), `${own}mlp.c_fc`, 'in-out'), act)
    x = plus(x, weights.linear(inner, `${own}mlp.c_proj`, 'in-out'))
  }
  return weights.layerNorm(x, 'transformer.ln_f', epsilon)
}

function opt(config: Read, weights: Weights, ids: readonly number[]): Float64Array[] {
  const at = 'model.decoder.'
  const before = config.get('do_layer_norm_before') === true
  const act = ACTIVATIONS[config.text('activation_function')]!
  const norm = (x: Rows, name: string): Rows => weights.layerNorm(x, name, 1e-5)
  let words: Rows = ids.map((id) => weights.row(`${at}embed_tokens.weight`, id))
  if (weights.has(`${at}project_in.weight`)) words = weights.linear(words, `${at}project_in`)
  let x: Rows = plus(
    words,
    ids.map((_, i) => weights.row(`${at}embed_positions.weight`, i + 2)),
  )
  for (let layer = 0; layer < decoderSizes(config).layers; layer++) {
    const own = `${at}layers.${layer}.`
    const normed = before ? norm(x, `${own}self_attn_layer_norm`) : x
    const [q, k, v] = ['q', 'k', 'v'].map<Rows>((name) => weights.linear(normed, `${own}self_attn.${name}_proj`)) as [Rows, Rows, Rows]
    x = plus(x, weights.linear(attention(config, q, k, v, null), `${own}self_attn.out_proj`))
    if (!before) x = norm(x, `${own}self_attn_layer_norm`)
    const inner = each(weights.linear(before ? norm(x, `${own}final_layer_norm`) : x, `${own}fc1`), act)
    x = plus(x, weights.linear(inner, `${own}fc2`))
    if (!before) x = norm(x, `${own}final_layer_norm`)
  }
  if (before) x = norm(x, `${at}final_layer_norm`)
  return weights.has(`${at}project_out.weight`) ? weights.linear(x, `${at}project_out`) : [...x]
}

function rotary(config: Read, weights: Weights, ids: readonly number[]): Float64Array[] {
  const { layers, heads, groups, width } = decoderSizes(config)
  const epsilon = config.number('rms_norm_eps')
  const act = ACTIVATIONS[config.text('hidden_act')]!
  const { frequencies, factor } = turns(config, width)
  const turned = (x: Rows, count: number): Float64Array[] =>
    x.map((row, s) => {
      const out = new Float64Array(row.length)
      for (let h = 0; h < count; h++) {
        for (let i = 0; i < width / 2; i++) {
          const [a, b] = [row[h * width + i]!, row[h * width + i + width / 2]!]
          const [cos, sin] = [factor * Math.cos(s * frequencies[i]!), factor * Math.sin(s * frequencies[i]!)]
          out[h * width + i] = a * cos - b * sin
          out[h * width + i + width / 2] = b * cos + a * sin
        }
      }
      return out
    })
  const normed = (x: Rows, name: string, count: number): Rows =>
    weights.has(`${name}.weight`)
      ? joined(
          Array.from({ length: count }, (_, h) =>
            weights.rmsNorm(
              x.map((row) => part(row, h, width)),
              name,
              epsilon,
            ),
          ),
        )
      : x
  let x: Rows = ids.map((id) => weights.row('model.embed_tokens.weight', id))
  for (let layer = 0; layer < layers; layer++) {
    const own = `model.layers.${layer}.`
    const state = weights.rmsNorm(x, `${own}input_layernorm`, epsilon)
    const [q, k, v] = ['q', 'k', 'v'].map<Rows>((name) => weights.linear(state, `${own}self_attn.${name}_proj`)) as [Rows, Rows, Rows]
    const placedQ = turned(normed(q, `${own}self_attn.q_norm`, heads), heads)
    const placedK = turned(normed(k, `${own}self_attn.k_norm`, groups), groups)
    x = plus(x, weights.linear(attention(config, placedQ, placedK, v, windowOf(config, layer)), `${own}self_attn.o_proj`))
    const second = weights.rmsNorm(x, `${own}post_attention_layernorm`, epsilon)
    const inner = times(each(weights.linear(second, `${own}mlp.gate_proj`), act), weights.linear(second, `${own}mlp.up_proj`))
    x = plus(x, weights.linear(inner, `${own}mlp.down_proj`))
  }
  return weights.rmsNorm(x, 'model.norm', epsilon)
}

function windowOf(config: Read, layer: number): number | null {
  const window = (config.get('sliding_window') as number | null | undefined) ?? null
  if (config.type === 'llama') return null
  if (config.type === 'mistral') return window
  if (config.get('use_sliding_window') !== true) return null
  const types = config.get('layer_types') as string[] | null | undefined
  const sees = types ? types[layer] === 'sliding_attention' : layer >= config.number('max_window_layers')
  return sees ? window : null
}

function attention(config: Read, q: Rows, k: Rows, v: Rows, window: number | null): Float64Array[] {
  const { heads, groups, width } = decoderSizes(config)
  const byHead = Array.from({ length: heads }, (_, h) => {
    const group = Math.floor(h / (heads / groups))
    const score = (i: number, j: number): number => dot(part(q[i]!, h, width), part(k[j]!, group, width)) / Math.sqrt(width)
    const seen = (i: number, j: number): boolean => j <= i && (window === null || i - j < window)
    return attend(
      q.length,
      v.map((row) => part(row, group, width)),
      score,
      seen,
    )
  })
  return joined(byHead)
}

interface Rope {
  readonly [key: string]: number | string | boolean | null | undefined
}

/** Radians per position of each pair of features, and what cosine and sine are multiplied by. */
function turns(config: Read, width: number): { frequencies: number[]; factor: number } {
  const scaling = config.get('rope_scaling') as Rope | null | undefined
  const own: Rope =
    scaling && Object.keys(scaling).length > 0 ? scaling : ((config.get('rope_parameters') as Rope | null | undefined) ?? {})
  const theta = Number(own['rope_theta'] ?? config.get('rope_theta') ?? 10_000)
  const plain = Array.from({ length: width / 2 }, (_, i) => 1 / theta ** ((2 * i) / width))
  const positions = config.number('max_position_embeddings')
  const original = Number(own['original_max_position_embeddings'] ?? positions)
  const factor = Number(own['factor'] ?? positions / original)
  switch (own['rope_type'] ?? own['type'] ?? 'default') {
    case 'linear':
      return { frequencies: plain.map((turn) => turn / factor), factor: 1 }
    case 'llama3': {
      const [low, high] = [Number(own['low_freq_factor']), Number(own['high_freq_factor'])]
      const stretched = plain.map((turn) => {
        const length = (2 * Math.PI) / turn
        if (length < original / high) return turn
        if (length > original / low) return turn / factor
        const smooth = (original / length - low) / (high - low)
        return ((1 - smooth) * turn) / factor + smooth * turn
      })
      return { frequencies: stretched, factor: 1 }
    }
    case 'yarn': {
      const place = (rotations: number): number => (width * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta))
      let [low, high] = [place(Number(own['beta_fast'] || 32)), place(Number(own['beta_slow'] || 1))]
      if (own['truncate'] !== false) [low, high] = [Math.floor(low), Math.ceil(high)]
      low = Math.max(low, 0)
      high = Math.min(high, width - 1)
      if (low === high) high += 0.001
      const kept = plain.map((_, i) => 1 - Math.min(1, Math.max(0, (i - low) / (high - low))))
      const scale = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1)
      const [mscale, all] = [Number(own['mscale'] ?? 0), Number(own['mscale_all_dim'] ?? 0)]
      const usual = mscale && all ? scale(mscale) / scale(all) : scale(1)
      return {
        frequencies: plain.map((turn, i) => (turn / factor) * (1 - kept[i]!) + turn * kept[i]!),
        factor: Number(own['attention_factor'] ?? usual),
      }
    }
    default:
      return { frequencies: plain, factor: 1 }
  }
}

/** The rightmost token that isn't the padding token; the first of a text of nothing else. */
function lastToken(config: Read, ids: readonly number[]): number {
  const padding = (config.get('pad_token_id') as number | null | undefined) ?? null
  const scores = ids.map((id, i) => (padding === null || id !== padding ? i : 0))
  return scores.indexOf(Math.max(...scores))
}

export function classifyDecoder(config: Read, weights: Weights, states: Rows, ids: readonly number[]): Float64Array {
  return weights.linear([states[lastToken(config, ids)]!], 'score')[0]!
}

const WORDS: Readonly<Record<string, string>> = { gpt2: 'transformer.wte.weight', opt: 'model.decoder.embed_tokens.weight' }

/** -log p of every token but the first. */
export function nextWordLosses(config: Read, weights: Weights, states: Rows, ids: readonly number[]): number[] {
  const matrix = weights.has('lm_head.weight') ? 'lm_head.weight' : (WORDS[config.type] ?? 'model.embed_tokens.weight')
  const count = weights.get(matrix).shape[0]!
  return ids.slice(1).map((next, s) => {
    const scores = Array.from({ length: count }, (_, word) => dot(states[s]!, weights.row(matrix, word)))
    const most = Math.max(...scores)
    return most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0)) - scores[next]!
  })
}
