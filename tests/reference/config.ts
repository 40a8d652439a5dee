/** A `config.json` as transformers' configuration classes take it: their defaults for what is absent. */
export type Config = Readonly<Record<string, unknown>>

const ENCODER = { hidden_act: 'gelu', layer_norm_eps: 1e-12, type_vocab_size: 2, tie_word_embeddings: true }
const ROTARY = {
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
  pad_token_id: null,
  attention_bias: false,
  mlp_bias: false,
}

const DEFAULTS: Readonly<Record<string, Config>> = {
  bert: { ...ENCODER, pad_token_id: 0 },
  roberta: { ...ENCODER, pad_token_id: 1 },
  'xlm-roberta': { ...ENCODER, pad_token_id: 1 },
  albert: { ...ENCODER, hidden_act: 'gelu_new', pad_token_id: 0 },
  distilbert: { activation: 'gelu', pad_token_id: 0, tie_word_embeddings: true },
  'deberta-v2': {
    hidden_act: 'gelu',
    layer_norm_eps: 1e-7,
    position_buckets: -1,
    max_relative_positions: -1,
    norm_rel_ebd: 'none',
    pos_att_type: null,
    max_position_embeddings: 512,
    pad_token_id: 0,
  },
  gpt2: { n_inner: null, layer_norm_epsilon: 1e-5, activation_function: 'gelu_new', tie_word_embeddings: true, pad_token_id: null },
  opt: {
    activation_function: 'relu',
    word_embed_proj_dim: null,
    enable_bias: true,
    do_layer_norm_before: true,
    tie_word_embeddings: true,
    pad_token_id: 1,
  },
  llama: { ...ROTARY, max_position_embeddings: 2048 },
  mistral: { ...ROTARY, max_position_embeddings: 131_072, num_key_value_heads: 8, sliding_window: 4096 },
  qwen2: {
    ...ROTARY,
    max_position_embeddings: 32_768,
    num_key_value_heads: 32,
    sliding_window: 4096,
    use_sliding_window: false,
    max_window_layers: 28,
  },
  qwen3: {
    ...ROTARY,
    max_position_embeddings: 32_768,
    num_key_value_heads: 32,
    head_dim: 128,
    sliding_window: 4096,
    use_sliding_window: false,
    max_window_layers: 28,
  },
}

/** Names of the same attribute. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  distilbert: { hidden_size: 'dim', num_attention_heads: 'n_heads', num_hidden_layers: 'n_layers' },
  gpt2: { hidden_size: 'n_embd', max_position_embeddings: 'n_positions', num_attention_heads: 'n_head', num_hidden_layers: 'n_layer' },
}

export class Read {
  readonly type: string
  private readonly values: Config

  constructor(config: Config) {
    this.type = config['model_type'] as string
    const aliases = ALIASES[this.type] ?? {}
    const renamed = Object.entries(config).map(([key, value]) => [aliases[key] ?? key, value] as const)
    this.values = { ...DEFAULTS[this.type], ...Object.fromEntries(renamed) }
  }

  get(key: string): unknown {
    return this.values[key]
  }

  number(key: string): number {
    const value = this.values[key]
    if (typeof value !== 'number') throw new Error(`${key} is ${String(value)}`)
    return value
  }

  text(key: string): string {
    return String(this.values[key])
  }
}
