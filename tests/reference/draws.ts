/** Tiny configs of every architecture, and for each key values that change what is computed. */
import type { Config } from './config.ts'
import { ACTIVATIONS } from './matrix.ts'

/** Keys set to values, or left out where undefined; and the config that must give something else: by default that with the key as in the base. */
export interface Draw {
  readonly set: Config
  readonly against?: Config
}

const activations = (key: string): Draw[] => [
  { set: { [key]: undefined } },
  ...Object.keys(ACTIVATIONS).flatMap((name) => (name === 'relu' ? [] : [{ set: { [key]: name } }])),
]
const values = (key: string, ...some: readonly unknown[]): Draw[] => some.map((value) => ({ set: { [key]: value } }))

const ENCODER: Config = {
  hidden_size: 16,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  vocab_size: 24,
  max_position_embeddings: 20,
  type_vocab_size: 2,
  layer_norm_eps: 0.02,
  hidden_act: 'relu',
}

const encoderKeys: Readonly<Record<string, readonly Draw[]>> = {
  hidden_size: values('hidden_size', 24, 32),
  intermediate_size: values('intermediate_size', 28),
  num_hidden_layers: values('num_hidden_layers', 1, 3),
  num_attention_heads: values('num_attention_heads', 4, 1),
  vocab_size: values('vocab_size', 40),
  max_position_embeddings: values('max_position_embeddings', 33),
  layer_norm_eps: values('layer_norm_eps', 0.3, undefined),
  hidden_act: activations('hidden_act'),
}
const typedKeys = {
  ...encoderKeys,
  type_vocab_size: values('type_vocab_size', 1, 3),
  tie_word_embeddings: values('tie_word_embeddings', false),
}

const ROTARY: Config = {
  hidden_size: 16,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 24,
  max_position_embeddings: 20,
  rms_norm_eps: 0.02,
  hidden_act: 'relu',
  pad_token_id: 1,
  tie_word_embeddings: true,
}

const yarn = (more: Config): Config => ({ rope_type: 'yarn', factor: 4, original_max_position_embeddings: 64, ...more })
const llama3 = (more: Config): Config => ({
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 60,
  ...more,
})
/** Heads with enough pairs for some of them to be stretched and some not. */
const WIDE: Config = { rope_theta: 100, head_dim: 16 }

/** A key of the section that says how positions turn, in both of its spellings. */
const inRope = (make: (more: Config) => Config, key: string, value: unknown, usual: unknown): Draw[] =>
  ['rope_scaling', 'rope_parameters'].map((section) => ({
    set: { [section]: make({ [key]: value }), ...WIDE },
    against: { [section]: make({ [key]: usual }), ...WIDE },
  }))

const rotaryKeys: Readonly<Record<string, readonly Draw[]>> = {
  hidden_size: values('hidden_size', 24, 32),
  intermediate_size: values('intermediate_size', 28),
  num_hidden_layers: values('num_hidden_layers', 1),
  num_attention_heads: values('num_attention_heads', 2, 8),
  num_key_value_heads: values('num_key_value_heads', 1, 4, null),
  head_dim: values('head_dim', 6, 10),
  vocab_size: values('vocab_size', 40),
  // Of texts this short it is only where rotations are stretched from.
  max_position_embeddings: [64, undefined].map((value) => ({
    set: { max_position_embeddings: value, rope_scaling: { type: 'yarn', factor: 2 }, ...WIDE },
    against: { rope_scaling: { type: 'yarn', factor: 2 }, ...WIDE },
  })),
  rms_norm_eps: values('rms_norm_eps', 0.3, undefined),
  hidden_act: activations('hidden_act'),
  pad_token_id: values('pad_token_id', null, undefined, -1, 2),
  tie_word_embeddings: values('tie_word_embeddings', false, undefined),
  rope_theta: values('rope_theta', 50, 1000),
  rope_scaling: [
    { set: { rope_scaling: { type: 'linear', factor: 3 } } },
    // What says something counts, whatever stands beside it.
    { set: { rope_scaling: yarn({}), rope_parameters: { rope_type: 'linear', factor: 3, rope_theta: 77 } } },
  ],
  rope_parameters: [
    { set: { rope_parameters: { rope_type: 'linear', factor: 3, rope_theta: 77 }, rope_theta: 5 } },
    { set: { rope_parameters: llama3({ rope_theta: 90 }), rope_scaling: null } },
  ],
  'rope_scaling.rope_type': inRope((more) => yarn(more), 'rope_type', 'linear', 'yarn'),
  'rope_scaling.type': [
    { set: { rope_scaling: { type: 'linear', factor: 2 } }, against: { rope_scaling: { type: 'default', factor: 2 } } },
  ],
  'rope_scaling.rope_theta': inRope(yarn, 'rope_theta', 30, undefined),
  'rope_scaling.factor': [...inRope(yarn, 'factor', 2, 4), ...inRope(yarn, 'factor', null, 4)],
  'rope_scaling.original_max_position_embeddings': inRope(yarn, 'original_max_position_embeddings', 9, 64),
  'rope_scaling.low_freq_factor': inRope(llama3, 'low_freq_factor', 2, 1),
  'rope_scaling.high_freq_factor': inRope(llama3, 'high_freq_factor', 2, 4),
  'rope_scaling.beta_fast': inRope(yarn, 'beta_fast', 3, 32),
  'rope_scaling.beta_slow': inRope((more) => yarn({ beta_fast: 3, ...more }), 'beta_slow', 0.2, 1),
  'rope_scaling.attention_factor': inRope(yarn, 'attention_factor', 0.5, null),
  'rope_scaling.mscale': inRope((more) => yarn({ mscale_all_dim: 0.5, ...more }), 'mscale', 1.5, undefined),
  'rope_scaling.mscale_all_dim': inRope((more) => yarn({ mscale: 1.5, ...more }), 'mscale_all_dim', 0.3, undefined),
  'rope_scaling.truncate': inRope((more) => yarn({ beta_fast: 3, ...more }), 'truncate', false, true),
}

const everyLayer = (type: string): string[] => [type, type]
const windows: Readonly<Record<string, readonly Draw[]>> = {
  use_sliding_window: [{ set: { use_sliding_window: true, max_window_layers: 0 } }],
  sliding_window: [2, undefined, null].map((value) => ({ set: { use_sliding_window: true, max_window_layers: 0, sliding_window: value } })),
  max_window_layers: [{ set: { use_sliding_window: true, max_window_layers: 0 } }],
  layer_types: [{ set: { use_sliding_window: true, layer_types: everyLayer('sliding_attention') } }],
}
const QWEN: Config = { ...ROTARY, sliding_window: 3, use_sliding_window: false, max_window_layers: 2 }

export const BASES: Readonly<Record<string, Config>> = {
  bert: { model_type: 'bert', ...ENCODER, pad_token_id: 0 },
  distilbert: {
    model_type: 'distilbert',
    dim: 16,
    hidden_dim: 20,
    n_layers: 2,
    n_heads: 2,
    vocab_size: 24,
    max_position_embeddings: 20,
    activation: 'relu',
    pad_token_id: 0,
  },
  roberta: { model_type: 'roberta', ...ENCODER, max_position_embeddings: 24, pad_token_id: 1 },
  'xlm-roberta': { model_type: 'xlm-roberta', ...ENCODER, max_position_embeddings: 24, pad_token_id: 1, type_vocab_size: 1 },
  albert: { model_type: 'albert', ...ENCODER, embedding_size: 8, pad_token_id: 0 },
  'deberta-v2': {
    model_type: 'deberta-v2',
    ...ENCODER,
    type_vocab_size: 0,
    relative_attention: true,
    position_buckets: 8,
    max_relative_positions: -1,
    pos_att_type: 'p2c|c2p',
    norm_rel_ebd: 'layer_norm',
    share_att_key: true,
    position_biased_input: false,
    pad_token_id: 0,
  },
  gpt2: {
    model_type: 'gpt2',
    n_embd: 16,
    n_inner: 20,
    n_layer: 2,
    n_head: 2,
    n_positions: 20,
    vocab_size: 24,
    layer_norm_epsilon: 0.02,
    activation_function: 'relu',
    pad_token_id: 1,
  },
  opt: {
    model_type: 'opt',
    hidden_size: 16,
    ffn_dim: 20,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 20,
    vocab_size: 24,
    activation_function: 'silu',
    word_embed_proj_dim: 16,
    pad_token_id: 1,
  },
  llama: { model_type: 'llama', ...ROTARY },
  mistral: { model_type: 'mistral', ...ROTARY, sliding_window: 3 },
  qwen2: { model_type: 'qwen2', ...QWEN },
  qwen3: { model_type: 'qwen3', ...QWEN, head_dim: 4 },
}

/** By model type and key; a key of `rope_scaling` is one of `rope_parameters` too. */
export const DRAWS: Readonly<Record<string, Readonly<Record<string, readonly Draw[]>>>> = {
  bert: typedKeys,
  distilbert: {
    dim: values('dim', 24),
    hidden_dim: values('hidden_dim', 28),
    n_layers: values('n_layers', 1, 3),
    n_heads: values('n_heads', 4),
    vocab_size: values('vocab_size', 40),
    max_position_embeddings: values('max_position_embeddings', 33),
    activation: activations('activation'),
    tie_word_embeddings: values('tie_word_embeddings', false),
  },
  roberta: { ...typedKeys, pad_token_id: values('pad_token_id', 0, 2) },
  'xlm-roberta': { ...typedKeys, type_vocab_size: values('type_vocab_size', undefined, 2, 3), pad_token_id: values('pad_token_id', 0, 2) },
  albert: { ...typedKeys, embedding_size: values('embedding_size', 12, 16) },
  'deberta-v2': {
    ...encoderKeys,
    position_buckets: values('position_buckets', 6, -1, undefined),
    max_relative_positions: values('max_relative_positions', 9, 30),
    pos_att_type: values('pos_att_type', 'C2P', ' p2c ', ['p2c'], ['c2p'], [], null, undefined),
    norm_rel_ebd: values('norm_rel_ebd', 'none', undefined),
    max_position_embeddings: values('max_position_embeddings', 40),
  },
  gpt2: {
    n_embd: values('n_embd', 24),
    n_inner: values('n_inner', 28, null, undefined),
    n_layer: values('n_layer', 1, 3),
    n_head: values('n_head', 4),
    n_positions: values('n_positions', 33),
    vocab_size: values('vocab_size', 40),
    layer_norm_epsilon: values('layer_norm_epsilon', 0.3, undefined),
    activation_function: activations('activation_function'),
    pad_token_id: values('pad_token_id', null, undefined, -1, 2),
    tie_word_embeddings: values('tie_word_embeddings', false),
  },
  opt: {
    hidden_size: [{ set: { hidden_size: 24, word_embed_proj_dim: 24 } }],
    ffn_dim: values('ffn_dim', 28),
    num_hidden_layers: values('num_hidden_layers', 1, 3),
    num_attention_heads: values('num_attention_heads', 4),
    max_position_embeddings: values('max_position_embeddings', 33),
    vocab_size: values('vocab_size', 40),
    word_embed_proj_dim: values('word_embed_proj_dim', 12),
    activation_function: values('activation_function', undefined, 'relu', 'gelu', 'gelu_new'),
    pad_token_id: values('pad_token_id', null, -1, 2),
    tie_word_embeddings: values('tie_word_embeddings', false),
    enable_bias: values('enable_bias', false),
    do_layer_norm_before: [{ set: { do_layer_norm_before: false, word_embed_proj_dim: 12 }, against: { word_embed_proj_dim: 12 } }],
  },
  llama: { ...rotaryKeys, attention_bias: values('attention_bias', true), mlp_bias: values('mlp_bias', true) },
  mistral: {
    ...rotaryKeys,
    num_key_value_heads: [...rotaryKeys['num_key_value_heads']!, { set: { num_key_value_heads: undefined, num_attention_heads: 8 } }],
    sliding_window: values('sliding_window', 2, null, undefined),
    layer_types: [
      {
        set: { sliding_window: null, layer_types: everyLayer('full_attention') },
        against: { layer_types: everyLayer('sliding_attention') },
      },
    ],
  },
  qwen2: {
    ...rotaryKeys,
    num_key_value_heads: [
      ...rotaryKeys['num_key_value_heads']!,
      { set: { num_key_value_heads: undefined, num_attention_heads: 32, hidden_size: 64 } },
    ],
    ...windows,
  },
  qwen3: {
    ...rotaryKeys,
    head_dim: values('head_dim', 6, undefined),
    attention_bias: values('attention_bias', true),
    ...windows,
  },
}
