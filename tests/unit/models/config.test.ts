import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { readConfig } from '#main/models/config.ts'

const directory = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(directory, { recursive: true }))
const tiny = join(import.meta.dirname, '../../oracles/bert-tiny')

const MINIMAL = {
  model_type: 'bert',
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  vocab_size: 50,
  max_position_embeddings: 12,
}

function read(content: unknown): ReturnType<typeof readConfig> {
  writeFileSync(join(directory, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return readConfig(directory)
}

describe('config.json', () => {
  test('of the fixture gives sizes, class names and head', () => {
    expect(readConfig(tiny)).toEqual({
      modelType: 'bert',
      architectures: ['BertForSequenceClassification'],
      hiddenSize: 16,
      intermediateSize: 32,
      layers: 2,
      heads: 2,
      vocabularySize: 60,
      maxPositions: 12,
      typeVocabularySize: 2,
      normEpsilon: 1e-12,
      activation: 'gelu',
      initializerRange: 0.02,
      padTokenId: 0,
      tied: true,
      problem: null,
      labels: ['low', 'middle', 'high'],
      labelCount: 3,
    })
  })

  test('may leave out what has a default, and may hold keys of no interest', () => {
    expect(read({ ...MINIMAL, transformers_version: '4.40', unheard_of: null, never_on: false })).toMatchObject({
      architectures: [],
      typeVocabularySize: 2,
      normEpsilon: 1e-12,
      activation: 'gelu',
      initializerRange: 0.02,
      padTokenId: 0,
      labels: null,
      labelCount: null,
    })
    expect(read({ ...MINIMAL, num_labels: 4 })).toMatchObject({ labels: null, labelCount: 4 })
  })

  test('orders more than ten labels by their number', () => {
    const id2label = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [String(11 - i), `class ${11 - i}`]))
    expect(read({ ...MINIMAL, id2label }).labels).toEqual(Array.from({ length: 12 }, (_, i) => `class ${i}`))
  })

  test.each<[Record<string, unknown>, RegExp]>([
    [{ model_type: 'brt' }, /config.json:model_type: "brt"; expected one of bert, .*; did you mean "bert"\?/],
    [{ model_type: 'gpt3' }, /model_type: "gpt3"; expected one of bert, .*did you mean "gpt2"/],
    [{ model_type: 'gpt2', hidden_size: undefined }, /n_embd: missing; expected a whole number from 1 to 65536/],
    [{ model_type: 'gpt2', n_embd: 16 }, /hidden_size: 8; expected n_embd, which is 16 here/],
    [{ model_type: undefined }, /model_type: missing; expected one of bert/],
    [{ hidden_size: undefined }, /hidden_size: missing; expected a whole number from 1 to 65536/],
    [{ hidden_size: '8' }, /hidden_size: "8"; expected a whole number/],
    [{ hidden_size: 2 ** 40 }, /hidden_size: 1099511627776; expected a whole number from 1 to 65536/],
    [{ vocab_size: 1.5 }, /vocab_size: 1.5/],
    [{ num_hidden_layers: 0 }, /num_hidden_layers: 0/],
    [{ num_attention_heads: 3 }, /num_attention_heads: 3; expected a divisor of hidden_size 8/],
    [{ hidden_act: 'mish' }, /hidden_act: "mish"; expected one of gelu, gelu_new, .*relu/],
    [{ hidden_act: 'gelu_nw' }, /did you mean "gelu_new"\?/],
    [{ layer_norm_eps: 0 }, /layer_norm_eps: 0; expected a number between 0 and 1/],
    [{ pad_token_id: 50 }, /pad_token_id: 50; expected less than vocab_size 50/],
    [{ id2label: { 0: 'a', 2: 'b' } }, /id2label: keys 0, 2; expected the keys "0", "1", \.\.\. without a gap/],
    [{ id2label: { 0: 1 } }, /id2label/],
    [{ id2label: { 0: 'a' }, problem_type: 'single_label_classification' }, /problem_type: "single_label_classification" of 1 label/],
    [{ unheard_of: 0.5 }, /config.json:unheard_of: 0.5; expected no such key in a bert/],
    [
      { quantization_config: { quant_method: 'gptq', bits: 4 } },
      /quantization_config: weights quantised by gptq; expected the model before/,
    ],
    [{ quantization_config: { load_in_4bit: true } }, /weights quantised by bitsandbytes/],
    [{ auto_map: { AutoModel: 'x.y' } }, /auto_map.*expected no code of its own/],
    [{ pruned_heads: { 0: [1] } }, /pruned_heads.*expected \{\}/],
    [{ id2label: { 0: 'a', 1: 'b' }, num_labels: 3 }, /num_labels: 3; expected 2/],
    [{ position_embedding_type: 'relative_key' }, /position_embedding_type: "relative_key"; expected "absolute"/],
    [{ is_decoder: true }, /is_decoder: true; expected false/],
  ])('with %j is refused', (change, message) => {
    expect(() => read({ ...MINIMAL, ...change })).toThrow(message)
    expect(() => read({ ...MINIMAL, ...change })).toThrow(InputError)
  })

  test('missing, or not an object, is refused', () => {
    const empty = join(directory, 'empty')
    mkdirSync(empty)
    expect(() => readConfig(empty)).toThrow(/empty: no config.json; expected the directory/)
    for (const text of ['', '{', '[1]', 'null', '"x"']) expect(() => read(text)).toThrow(InputError)
  })

  test('with any JSON value under any key is read or an InputError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(MINIMAL), 'id2label', 'architectures', '__proto__'), fc.jsonValue(), (key, value) => {
        try {
          read({ ...MINIMAL, [key]: value })
        } catch (error) {
          if (!(error instanceof InputError)) throw error
        }
      }),
      { numRuns: 200 },
    )
  })
})
