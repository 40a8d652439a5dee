/** Models of published shapes that phones could never backpropagate through (their config.json; weights are random). */
import type { ConfigFile } from './random-checkpoint.ts'

export interface LargeModel {
  readonly name: string
  readonly file: ConfigFile
  /** The cap that a step is meant to keep to, bytes. */
  readonly capBytes: number
}

const MEGABYTE = 10 ** 6

export const largeModels: readonly LargeModel[] = [
  {
    name: 'BERT-large',
    capBytes: 220 * MEGABYTE,
    file: {
      model_type: 'bert',
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      vocab_size: 30_522,
      max_position_embeddings: 512,
    },
  },
  {
    name: 'GPT-2 small',
    capBytes: 220 * MEGABYTE,
    file: { model_type: 'gpt2', n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, vocab_size: 50_257 },
  },
  {
    name: 'Qwen2.5-0.5B',
    capBytes: 700 * MEGABYTE,
    file: {
      model_type: 'qwen2',
      hidden_size: 896,
      intermediate_size: 4864,
      num_hidden_layers: 24,
      num_attention_heads: 14,
      num_key_value_heads: 2,
      vocab_size: 151_936,
      max_position_embeddings: 32_768,
      rope_theta: 1_000_000,
      tie_word_embeddings: true,
    },
  },
  {
    name: 'Llama-3.2-1B',
    capBytes: 1200 * MEGABYTE,
    file: {
      model_type: 'llama',
      hidden_size: 2048,
      intermediate_size: 8192,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      head_dim: 64,
      vocab_size: 128_256,
      max_position_embeddings: 131_072,
      rms_norm_eps: 1e-5,
      rope_theta: 500_000,
      rope_scaling: { rope_type: 'llama3', factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
      tie_word_embeddings: true,
    },
  },
]
