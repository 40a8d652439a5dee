/** Names and shapes of the tensors that a checkpoint of a config has, and checkpoints drawn from a seed. */
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { type Config, Read } from './config.ts'
import { decoderSizes } from './decoders.ts'
import { ENCODER_NAMES, MASKED_HEADS, encoderSizes, layerPrefix } from './encoders.ts'
import type { Tensor } from './matrix.ts'

type Named = readonly [name: string, shape: readonly number[]]

const linear = (name: string, outputs: number, inputs: number, bias = true): Named[] => [
  [`${name}.weight`, [outputs, inputs]],
  ...(bias ? [[`${name}.bias`, [outputs]] as const] : []),
]
const norm = (name: string, size: number, bias = true): Named[] => [
  [`${name}.weight`, [size]],
  ...(bias ? [[`${name}.bias`, [size]] as const] : []),
]

export function isDecoder(config: Read): boolean {
  return ENCODER_NAMES[config.type] === undefined
}

function encoderShapes(config: Read, classes: number): Named[] {
  const { prefix, hidden, wide, layers } = encoderSizes(config)
  const names = ENCODER_NAMES[config.type]!
  const words = config.number('vocab_size')
  const narrow = config.type === 'albert' ? config.number('embedding_size') : hidden
  const at = `${prefix}embeddings.`
  const blocks = Array.from({ length: config.type === 'albert' ? 1 : layers }, (_, layer) => {
    const own = layerPrefix(config, layer)
    return [
      ...[names.query, names.key, names.value, names.output].flatMap((name) => linear(own + name, hidden, hidden)),
      ...linear(own + names.up, wide, hidden),
      ...linear(own + names.down, hidden, wide),
      ...[names.attentionNorm, names.outputNorm].flatMap((name) => norm(own + name, hidden)),
    ]
  }).flat()
  const deberta = config.type === 'deberta-v2'
  const heads: Record<string, Named[]> = {
    bert: [...linear('bert.pooler.dense', hidden, hidden), ...linear('classifier', classes, hidden)],
    albert: [...linear('albert.pooler', hidden, hidden), ...linear('classifier', classes, hidden)],
    distilbert: [...linear('pre_classifier', hidden, hidden), ...linear('classifier', classes, hidden)],
    'deberta-v2': [...linear('pooler.dense', hidden, hidden), ...linear('classifier', classes, hidden)],
  }
  const [dense, headNorm, bias, matrix] = MASKED_HEADS[config.type] ?? []
  const masked: Named[] = dense
    ? [
        ...linear(dense, narrow, hidden),
        ...norm(headNorm!, narrow),
        [bias!, [words]],
        ...(config.get('tie_word_embeddings') === false ? [[matrix!, [words, narrow]] as const] : []),
      ]
    : []
  const buckets = deberta ? config.number('position_buckets') : 0
  const stretch = deberta ? config.number('max_relative_positions') : 0
  const span = buckets > 0 ? buckets : stretch > 0 ? stretch : config.number('max_position_embeddings')
  return [
    [`${at}word_embeddings.weight`, [words, narrow]],
    ...(deberta ? [] : [[`${at}position_embeddings.weight`, [config.number('max_position_embeddings'), narrow]] as const]),
    ...(deberta || config.type === 'distilbert'
      ? []
      : [[`${at}token_type_embeddings.weight`, [config.number('type_vocab_size'), narrow]] as const]),
    ...norm(`${at}LayerNorm`, narrow),
    ...(config.type === 'albert' ? linear(`${prefix}encoder.embedding_hidden_mapping_in`, hidden, narrow) : []),
    ...blocks,
    ...(deberta ? [[`${prefix}encoder.rel_embeddings.weight`, [2 * span, hidden]] as const] : []),
    ...(deberta && config.text('norm_rel_ebd').toLowerCase().includes('layer_norm') ? norm(`${prefix}encoder.LayerNorm`, hidden) : []),
    ...(heads[config.type] ?? [...linear('classifier.dense', hidden, hidden), ...linear('classifier.out_proj', classes, hidden)]),
    ...masked,
  ]
}

function decoderShapes(config: Read, classes: number): Named[] {
  const { hidden, wide, layers, heads, groups, width } = decoderSizes(config)
  const words = config.number('vocab_size')
  const untied = config.get('tie_word_embeddings') !== true
  const each = (make: (layer: number) => Named[]): Named[] => Array.from({ length: layers }, (_, layer) => make(layer)).flat()
  if (config.type === 'gpt2') {
    const inOut = (name: string, outputs: number, inputs: number): Named[] => [
      [`${name}.weight`, [inputs, outputs]],
      [`${name}.bias`, [outputs]],
    ]
    const blocks = each((layer) => {
      const own = `transformer.h.${layer}.`
      return [
        ...norm(`${own}ln_1`, hidden),
        ...inOut(`${own}attn.c_attn`, 3 * hidden, hidden),
        ...inOut(`${own}attn.c_proj`, hidden, hidden),
        ...norm(`${own}ln_2`, hidden),
        ...inOut(`${own}mlp.c_fc`, wide, hidden),
        ...inOut(`${own}mlp.c_proj`, hidden, wide),
      ]
    })
    return [
      ['transformer.wte.weight', [words, hidden]],
      ['transformer.wpe.weight', [config.number('n_positions'), hidden]],
      ...blocks,
      ...norm('transformer.ln_f', hidden),
      ...linear('score', classes, hidden, false),
      ...(untied ? linear('lm_head', words, hidden, false) : []),
    ]
  }
  if (config.type === 'opt') {
    const narrow = (config.get('word_embed_proj_dim') as number | null) ?? hidden
    const biased = config.get('enable_bias') === true
    const blocks = each((layer) => {
      const own = `model.decoder.layers.${layer}.`
      return [
        ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) => linear(`${own}self_attn.${name}`, hidden, hidden, biased)),
        ...norm(`${own}self_attn_layer_norm`, hidden),
        ...linear(`${own}fc1`, wide, hidden, biased),
        ...linear(`${own}fc2`, hidden, wide, biased),
        ...norm(`${own}final_layer_norm`, hidden),
      ]
    })
    return [
      ['model.decoder.embed_tokens.weight', [words, narrow]],
      ['model.decoder.embed_positions.weight', [config.number('max_position_embeddings') + 2, hidden]],
      ...blocks,
      ...(config.get('do_layer_norm_before') === true ? norm('model.decoder.final_layer_norm', hidden) : []),
      ...(narrow === hidden ? [] : linear('model.decoder.project_in', hidden, narrow, false)),
      ...(narrow === hidden ? [] : linear('model.decoder.project_out', narrow, hidden, false)),
      ...linear('score', classes, narrow, false),
      ...(untied ? linear('lm_head', words, narrow, false) : []),
    ]
  }
  const biased = config.get('attention_bias') === true
  const blocks = each((layer) => {
    const own = `model.layers.${layer}.`
    const queries = config.type === 'qwen2' || ((config.type === 'llama' || config.type === 'qwen3') && biased)
    const outputs = config.type !== 'qwen2' && queries
    const forward = config.type === 'llama' && config.get('mlp_bias') === true
    return [
      ...norm(`${own}input_layernorm`, hidden, false),
      ...linear(`${own}self_attn.q_proj`, heads * width, hidden, queries),
      ...linear(`${own}self_attn.k_proj`, groups * width, hidden, queries),
      ...linear(`${own}self_attn.v_proj`, groups * width, hidden, queries),
      ...linear(`${own}self_attn.o_proj`, hidden, heads * width, outputs),
      ...(config.type === 'qwen3' ? ['q_norm', 'k_norm'].flatMap((name) => norm(`${own}self_attn.${name}`, width, false)) : []),
      ...norm(`${own}post_attention_layernorm`, hidden, false),
      ...['gate_proj', 'up_proj'].flatMap((name) => linear(`${own}mlp.${name}`, wide, hidden, forward)),
      ...linear(`${own}mlp.down_proj`, hidden, wide, forward),
    ]
  })
  return [
    ['model.embed_tokens.weight', [words, hidden]],
    ...blocks,
    ...norm('model.norm', hidden, false),
    ...linear('score', classes, hidden, false),
    ...(untied ? linear('lm_head', words, hidden, false) : []),
  ]
}

/** Random tensors; one of the same name and shape is the same for the same seed, whatever the rest of the config says. */
export function drawnTensors(config: Config, classes: number, seed: number): Map<string, Tensor> {
  const read = new Read(config)
  const shapes = isDecoder(read) ? decoderShapes(read, classes) : encoderShapes(read, classes)
  return new Map(
    shapes.map(([name, shape]) => {
      const stream = new Stream(deriveKey(seed, name))
      const around = shape.length === 1 && name.endsWith('.weight') ? 1 : 0
      const scale = /embed|wte|wpe/.test(name) ? 0.8 : shape.length === 1 ? 0.2 : 0.35
      const data = Float32Array.from({ length: shape.reduce((product, d) => product * d, 1) }, () => around + scale * stream.normal())
      return [name, { shape, data }]
    }),
  )
}
