import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { Variants, renamed, tinyTensors, without } from './model-variants.ts'

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
    expect(() => model.holdsClassifier(2)).toThrow(/classifier\.weight.*\[3, 16\].*\[2, 16\]/)
  })

  test('is named as it stands in the file when its shape is wrong', () => {
    using model = opened(variants.make((tensors) => tensors))
    expect(() => model.holdsClassifier(2)).toThrow(/: tensor classifier\.weight: /)
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
