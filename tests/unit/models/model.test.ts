import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { type Tensors, Variants, renamed, tinyTensors, without } from './model-variants.ts'

const variants = new Variants()
afterAll(() => rmSync(variants.directory, { recursive: true, force: true }))

const original = tinyTensors()
const opened = (directory: string, seed = 1): Model => new Model(directory, seed)

/** Every encoder weight as the model reads it. */
function weightsOf(model: Model): Map<string, Float32Array> {
  return new Map(
    encoderWeights(model.architecture, model.config).map(({ name, shape }) => {
      const out = new Float32Array(shape.reduce((product, d) => product * d, 1))
      model.read(name, out)
      return [name, out]
    }),
  )
}

function refusal(directory: string): string {
  try {
    opened(directory)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).not.toContain('\n')
    return (error as Error).message
  }
  return 'nothing thrown'
}

describe('a checkpoint', () => {
  test('is read under its own names, whole and in part', () => {
    using model = opened(variants.make((tensors) => tensors))
    expect(model.fresh).toEqual([])
    for (const [name, values] of weightsOf(model)) expect(values).toEqual(original.get(`bert.${name}`)!.data)
    const part = new Float32Array(5)
    model.read('encoder.layer.1.output.dense.weight', part, 37)
    expect(part).toEqual(original.get('bert.encoder.layer.1.output.dense.weight')!.data.slice(37, 42))
  })

  test.each([
    ['without the prefix', renamed((name) => name.replace(/^bert\./, ''))],
    [
      'with gamma and beta for normalisations',
      renamed((name) => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')),
    ],
    [
      'without the prefix, with gamma and beta',
      renamed((name) =>
        name
          .replace(/^bert\./, '')
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta'),
      ),
    ],
    ['below torch.compile and data parallelism', renamed((name) => `module._orig_mod.${name}`)],
    ['with only its encoder compiled', renamed((name) => name.replace(/^bert\./, 'bert._orig_mod.'))],
    [
      'with buffers of earlier libraries',
      (tensors: Tensors) => tensors.set('bert.embeddings.position_ids', { shape: [1, 12], data: new Float32Array(12) }),
    ],
  ])('%s is read the same', (_, change) => {
    using model = opened(variants.make(change))
    expect(model.fresh).toEqual([])
    for (const [name, values] of weightsOf(model)) expect(values).toEqual(original.get(`bert.${name}`)!.data)
  })

  test.each(['embeddings.word_embeddings.weight', 'encoder.layer.1.attention.self.key.bias', 'encoder.layer.0.output.LayerNorm.weight'])(
    'that lacks %s is refused by that name',
    (missing) => {
      const message = refusal(variants.make(without((name) => name === `bert.${missing}`)))
      expect(message).toContain(missing)
      expect(message).toContain('is missing')
    },
  )

  test('with a tensor of another shape is refused, with both shapes and the keys that say so', () => {
    const message = refusal(
      variants.make((tensors) => {
        const name = 'bert.encoder.layer.1.intermediate.dense.weight'
        return tensors.set(name, { shape: [16, 32], data: tensors.get(name)!.data })
      }),
    )
    expect(message).toContain('bert.encoder.layer.1.intermediate.dense.weight')
    expect(message).toContain('[16, 32]')
    expect(message).toContain('[32, 16]')
    expect(message).toContain('intermediate_size')
  })

  test('whose config promises more layers is refused by the first tensor that is not there', () => {
    expect(refusal(variants.make((tensors) => tensors, { num_hidden_layers: 3 }))).toContain('bert.encoder.layer.2.')
  })

  test('with a pooler of another shape is refused, not replaced', () => {
    const message = refusal(
      variants.make((tensors) => tensors.set('bert.pooler.dense.weight', { shape: [8, 16], data: new Float32Array(128) })),
    )
    expect(message).toContain('bert.pooler.dense.weight')
  })
})

describe('a checkpoint of a masked language model, without pooler and classifier', () => {
  const directory = variants.make(
    without((name) => name.startsWith('bert.pooler') || name.startsWith('classifier')),
    { architectures: ['BertForMaskedLM'], id2label: null },
  )

  test('gets a pooler from the seed and says so', () => {
    using model = opened(directory)
    expect(model.fresh).toEqual(['bert.pooler.dense.weight', 'bert.pooler.dense.bias'])
    const weights = weightsOf(model)
    const matrix = weights.get('pooler.dense.weight')!
    const deviation = Math.sqrt(matrix.reduce((sum, x) => sum + x * x, 0) / matrix.length)
    // Five standard errors of a deviation of 256 normal numbers.
    expect(Math.abs(deviation / 0.02 - 1)).toBeLessThan(5 / Math.sqrt(2 * 256))
    expect(weights.get('pooler.dense.bias')!.every((x) => x === 0)).toBe(true)
    expect(weights.get('embeddings.word_embeddings.weight')).toEqual(original.get('bert.embeddings.word_embeddings.weight')!.data)
  })

  test('gets the same pooler for the same seed, another for another, also when read in parts', () => {
    using a = opened(directory, 3)
    using b = opened(directory, 3)
    using c = opened(directory, 4)
    const read = (model: Model): Float32Array => weightsOf(model).get('pooler.dense.weight')!
    expect(read(a)).toEqual(read(b))
    expect(read(a)).not.toEqual(read(c))
    const part = new Float32Array(10)
    a.read('pooler.dense.weight', part, 100)
    expect(part).toEqual(read(a).slice(100, 110))
  })

  test('has no classifier', () => {
    using model = opened(directory)
    expect(model.has('classifier.weight')).toBe(false)
    expect(model.holdsClassifier(3)).toBe(false)
  })
})

describe('a stored classifier', () => {
  test('is read where it has the right number of classes', () => {
    using model = opened(variants.make((tensors) => tensors))
    expect(model.holdsClassifier(3)).toBe(true)
    for (const [name, length] of [
      ['classifier.weight', 48],
      ['classifier.bias', 3],
    ] as const) {
      const out = new Float32Array(length)
      model.read(name, out)
      expect(out).toEqual(original.get(name)!.data)
    }
  })

  test('of other classes than the data has is refused', () => {
    using model = opened(variants.make((tensors) => tensors))
    expect(() => model.holdsClassifier(2)).toThrow(InputError)
    expect(() => model.holdsClassifier(2)).toThrow(/classifier\.weight: a classifier of 3 classes; expected 2.*model\.head "fresh"/)
  })

  test('is named as it stands in the file when its shape is wrong', () => {
    using model = opened(variants.make((tensors) => tensors))
    expect(() => model.holdsClassifier(2)).toThrow(/: tensor classifier\.weight: /)
  })
})

describe('a config of one label', () => {
  const one = { id2label: { 0: 'LABEL_0' } }
  const single = (tensors: Tensors): Tensors => {
    for (const name of ['classifier.weight', 'classifier.bias']) {
      const { shape, data } = tensors.get(name)!
      tensors.set(name, { shape: [1, ...shape.slice(1)], data: data.slice(0, data.length / 3) })
    }
    return tensors
  }

  test('is one of regression where a head of one output is stored, whatever else the config says', () => {
    for (const config of [one, { id2label: null }]) {
      using model = opened(variants.make(single, config))
      expect(model.config.problem).toBe('regression')
    }
    using stated = opened(variants.make(single, { ...one, problem_type: 'multi_label_classification' }))
    expect(stated.config.problem).toBe('multi_label_classification')
  })

  test('says nothing where no head is stored', () => {
    using model = opened(
      variants.make(
        without((name) => name.startsWith('classifier')),
        one,
      ),
    )
    expect(model.config).toMatchObject({ problem: null, labels: null, labelCount: null })
  })
})

describe('a new head', () => {
  test('takes the place of a stored one, from the seed, and with it the classes and what they are', () => {
    const directory = variants.make((tensors) => tensors, { problem_type: 'multi_label_classification' })
    using stored = opened(directory)
    using fresh = new Model(directory, 1, null, { freshHead: true })
    expect([stored.config.labels?.length, stored.config.problem]).toEqual([3, 'multi_label_classification'])
    expect([fresh.config.labels, fresh.config.problem]).toEqual([null, null])
    expect(fresh.holdsClassifier(5)).toBe(false)
    const [a, b] = [new Float32Array(48), new Float32Array(48)]
    fresh.read('classifier.weight', a)
    stored.read('classifier.weight', b)
    expect(a).not.toEqual(b)
    expect(fresh.fresh).toEqual([])
  })
})

describe('weights packed by another program are refused by what they are', () => {
  const beside = (name: string, dtype?: 'I8') => (tensors: Tensors) => {
    const own = 'bert.encoder.layer.0.output.dense.weight'
    const { shape, data } = tensors.get(own)!
    if (dtype) return tensors.set(own, { shape, data: Int8Array.from(data) as never })
    return tensors.set(name, { shape: [1], data: new Float32Array(1) })
  }
  test.each([
    ['bert.encoder.layer.0.output.dense.g_idx', /GPTQ/],
    ['bert.encoder.layer.0.output.dense.qweight', /GPTQ or AWQ/],
    ['bert.encoder.layer.0.output.dense.SCB', /bitsandbytes/],
    ['bert.encoder.layer.0.output.dense.weight.absmax', /bitsandbytes/],
    ['bert.encoder.layer.0.output.dense.weight_scale_inv', /fp8/],
    ['bert.encoder.layer.0.mlp.experts.down_proj_blocks', /MXFP4/],
    ['bert.encoder.layer.0.output.dense.weight_packed', /compressed-tensors/],
  ])('%s', (name, message) => {
    expect(refusal(variants.make(beside(name)))).toMatch(message)
  })
})

describe('an output matrix', () => {
  const decoder = 'cls.predictions.decoder.weight'
  const matrixOf = (change: (tensors: Tensors) => Tensors, config = {}): string => {
    using model = opened(variants.make(change, config))
    model.requireLanguageHead()
    return model.architecture.languageHead(model.config)!.matrix.name
  }
  const words = 'embeddings.word_embeddings.weight'
  const withDecoder = (factor: number) => (tensors: Tensors) => {
    const { shape, data } = tensors.get(`bert.${words}`)!
    return tensors.set(decoder, { shape, data: data.map((x) => factor * x) })
  }

  test('is the word embedding where the file has no other, or the same once more', () => {
    expect(matrixOf((tensors) => tensors)).toBe(words)
    expect(matrixOf(withDecoder(1))).toBe(words)
  })

  test('is the stored one where it differs or the config says so', () => {
    expect(matrixOf(withDecoder(2))).toBe(decoder)
    expect(matrixOf(withDecoder(1), { tie_word_embeddings: false })).toBe(decoder)
    expect(() => matrixOf((tensors) => tensors, { tie_word_embeddings: false })).toThrow(/cls.predictions.decoder.weight: is missing/)
  })

  test('has its bias under either name', () => {
    expect(matrixOf(renamed((name) => name.replace('cls.predictions.bias', 'cls.predictions.decoder.bias')))).toBe(words)
  })
})

describe('weights for the graphs', () => {
  test('are the same resident and streamed, in any order of layers and rows', () => {
    using model = opened(variants.make((tensors) => tensors))
    const resident = new ResidentWeights(model)
    const arena = new Arena(streamedBytes(model))
    const streamed = new StreamedWeights(model, arena)
    for (const layer of [0, 1, 1, 0, 1]) expect(streamed.block(layer)).toEqual(resident.block(layer))
    expect(streamed.pooler()).toEqual(resident.pooler())
    expect(streamed.embeddingNorm()).toEqual(resident.embeddingNorm())
    const ids = Int32Array.of(5, 0, 59, 5, 5, 7)
    const [a, b] = [new Float32Array(6 * 16), new Float32Array(6 * 16)]
    streamed.embeddingRows('embeddings.word_embeddings.weight', ids, a)
    resident.embeddingRows('embeddings.word_embeddings.weight', ids, b)
    expect(a).toEqual(b)
    expect(a.slice(32, 48)).toEqual(original.get('bert.embeddings.word_embeddings.weight')!.data.slice(59 * 16))
    expect(arena.usedBytes).toBe(streamedBytes(model))
  })
})
