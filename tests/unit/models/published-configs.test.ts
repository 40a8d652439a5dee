/** Configs as their makers publish them, and the number of parameters that they say the bare model has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elementCount } from '#main/engine/onnx/graph.ts'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { encoderWeights } from '#main/models/model.ts'

const BERT = { hidden_act: 'gelu', hidden_dropout_prob: 0.1, initializer_range: 0.02, pad_token_id: 0, position_embedding_type: 'absolute' }
const SIZED = (hidden_size: number, num_hidden_layers: number, num_attention_heads: number, intermediate_size: number): object => ({
  hidden_size,
  num_hidden_layers,
  num_attention_heads,
  intermediate_size,
})
const DEBERTA = {
  model_type: 'deberta-v2',
  attention_probs_dropout_prob: 0.1,
  hidden_act: 'gelu',
  initializer_range: 0.02,
  max_position_embeddings: 512,
  relative_attention: true,
  position_buckets: 256,
  norm_rel_ebd: 'layer_norm',
  share_att_key: true,
  pos_att_type: 'p2c|c2p',
  layer_norm_eps: 1e-7,
  max_relative_positions: -1,
  position_biased_input: false,
  type_vocab_size: 0,
  vocab_size: 128_100,
}
const OPT = {
  model_type: 'opt',
  activation_function: 'relu',
  attention_dropout: 0,
  do_layer_norm_before: true,
  dropout: 0.1,
  init_std: 0.02,
  layerdrop: 0,
  max_position_embeddings: 2048,
  pad_token_id: 1,
  bos_token_id: 2,
  eos_token_id: 2,
  prefix: '</s>',
  torch_dtype: 'float16',
  vocab_size: 50_272,
}
const LLAMA = { hidden_act: 'silu', attention_bias: false, mlp_bias: false, pretraining_tp: 1, rms_norm_eps: 1e-5, torch_dtype: 'bfloat16' }

const PUBLISHED: Readonly<Record<string, readonly [config: object, parameters: number]>> = {
  'bert-base-uncased': [
    { model_type: 'bert', ...BERT, ...SIZED(768, 12, 12, 3072), max_position_embeddings: 512, type_vocab_size: 2, vocab_size: 30_522 },
    109_482_240,
  ],
  'distilbert-base-uncased': [
    {
      model_type: 'distilbert',
      activation: 'gelu',
      dim: 768,
      hidden_dim: 3072,
      max_position_embeddings: 512,
      n_heads: 12,
      n_layers: 6,
      pad_token_id: 0,
      sinusoidal_pos_embds: false,
      tie_weights_: true,
      vocab_size: 30_522,
    },
    // Its classifier has a layer more, 768 x 768 + 768.
    66_362_880 + 590_592,
  ],
  'xlm-roberta-base': [
    {
      model_type: 'xlm-roberta',
      ...BERT,
      ...SIZED(768, 12, 12, 3072),
      layer_norm_eps: 1e-5,
      max_position_embeddings: 514,
      pad_token_id: 1,
      type_vocab_size: 1,
      vocab_size: 250_002,
    },
    278_043_648,
  ],
  'albert-base-v2': [
    {
      model_type: 'albert',
      ...BERT,
      ...SIZED(768, 12, 12, 3072),
      hidden_act: 'gelu_new',
      classifier_dropout_prob: 0.1,
      down_scale_factor: 1,
      embedding_size: 128,
      gap_size: 0,
      inner_group_num: 1,
      layer_norm_eps: 1e-12,
      max_position_embeddings: 512,
      net_structure_type: 0,
      num_hidden_groups: 1,
      num_memory_blocks: 0,
      type_vocab_size: 2,
      vocab_size: 30_000,
    },
    11_683_584,
  ],
  // Their classifiers have a layer more, 768 x 768 + 768.
  'deberta-v3-base': [{ ...DEBERTA, ...SIZED(768, 12, 12, 3072) }, 183_831_552 + 590_592],
  'deberta-v3-small': [{ ...DEBERTA, ...SIZED(768, 6, 12, 3072) }, 141_304_320 + 590_592],
  gpt2: [
    {
      model_type: 'gpt2',
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      n_ctx: 1024,
      n_embd: 768,
      n_head: 12,
      n_layer: 12,
      n_positions: 1024,
      vocab_size: 50_257,
    },
    124_439_808,
  ],
  'opt-125m': [
    { ...OPT, hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, ffn_dim: 3072, word_embed_proj_dim: 768 },
    125_239_296,
  ],
  'opt-350m': [
    {
      ...OPT,
      hidden_size: 1024,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      ffn_dim: 4096,
      word_embed_proj_dim: 512,
      do_layer_norm_before: false,
    },
    331_196_416,
  ],
  'Llama-3.2-1B': [
    {
      model_type: 'llama',
      ...LLAMA,
      ...SIZED(2048, 16, 32, 8192),
      head_dim: 64,
      max_position_embeddings: 131_072,
      num_key_value_heads: 8,
      rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' },
      rope_theta: 500_000,
      tie_word_embeddings: true,
      vocab_size: 128_256,
    },
    1_235_814_400,
  ],
  'Qwen2.5-0.5B': [
    {
      model_type: 'qwen2',
      ...SIZED(896, 24, 14, 4864),
      hidden_act: 'silu',
      max_position_embeddings: 32_768,
      max_window_layers: 24,
      num_key_value_heads: 2,
      rms_norm_eps: 1e-6,
      rope_theta: 1_000_000,
      sliding_window: 32_768,
      tie_word_embeddings: true,
      use_mrope: false,
      use_sliding_window: false,
      vocab_size: 151_936,
    },
    494_032_768,
  ],
  'Qwen3-0.6B': [
    {
      model_type: 'qwen3',
      ...SIZED(1024, 28, 16, 3072),
      attention_bias: false,
      head_dim: 128,
      hidden_act: 'silu',
      max_position_embeddings: 40_960,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-6,
      rope_scaling: null,
      rope_theta: 1_000_000,
      sliding_window: null,
      tie_word_embeddings: true,
      use_sliding_window: false,
      vocab_size: 151_936,
    },
    596_049_920,
  ],
  'SmolLM2-135M': [
    {
      model_type: 'llama',
      ...LLAMA,
      ...SIZED(576, 30, 9, 1536),
      is_llama_config: true,
      max_position_embeddings: 8192,
      num_key_value_heads: 3,
      rope_interleaved: false,
      rope_scaling: null,
      rope_theta: 100_000,
      tie_word_embeddings: true,
      vocab_size: 49_152,
    },
    134_515_008,
  ],
}

test.each(Object.entries(PUBLISHED))('%s has as many parameters as published', (_, [config, parameters]) => {
  const directory = mkdtempSync(join(tmpdir(), 'cooperlab-config-'))
  try {
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
    const read = readConfig(directory)
    const specs = encoderWeights(architectures[read.modelType]!, read)
    expect(specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(parameters)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
