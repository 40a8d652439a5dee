import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Model } from '#main/models/model.ts'
import { openSafetensors } from '#main/models/safetensors/read.ts'
import { tinyDirectory, tinyHalfDirectory } from '../tiny.ts'
import { encoderDirectory, openFull, thetaOf, updateOf } from './opened.ts'

describe('the file that a session starts from', () => {
  test.each([
    ['a classifier', tinyDirectory],
    ['half precision', tinyHalfDirectory],
    ['no classifier and no pooler', encoderDirectory],
  ])('holds every weight of the checkpoint as the model reads it (%s)', (_, directory) => {
    const opened = openFull(directory)
    const { model, layout, replica } = opened
    const theta = thetaOf(opened)
    expect(layout.parameters.reduce((sum, { size }) => sum + size, 0)).toBe(layout.size)
    for (const { name, offset, size } of layout.parameters) {
      const expected = new Float32Array(size)
      if (name.startsWith('classifier.') && !model.has(name)) continue
      model.read(name.replace(/^bert\./, ''), expected)
      expect(theta.subarray(offset, offset + size)).toEqual(expected)
    }
    expect(replica.round).toBe(0)
  })

  test('draws a classifier that the checkpoint lacks from the seed, as adapters do', () => {
    const opened = openFull(encoderDirectory)
    const [weight, bias] = opened.layout.parameters.slice(-2)
    const theta = thetaOf(opened)
    const drawn = theta.subarray(weight!.offset, weight!.offset + weight!.size)
    const deviation = Math.sqrt(drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length)
    expect(deviation).toBeGreaterThan(0.017)
    expect(deviation).toBeLessThan(0.023)
    expect(theta.subarray(bias!.offset)).toEqual(new Float32Array(3))
    expect(thetaOf(openFull(encoderDirectory))).toEqual(theta)
  })

  test('and every later one is a checkpoint that can be opened as such', () => {
    const opened = openFull()
    opened.replica.apply(updateOf(1))
    copyFileSync(join(tinyDirectory, 'config.json'), join(opened.directory, 'config.json'))
    using trained = new Model(opened.directory, 1)
    expect(trained.fresh).toEqual([])
    const theta = thetaOf(opened)
    const { offset, size } = opened.layout.parameters.find(({ name }) => name === 'bert.encoder.layer.1.output.dense.weight')!
    const found = new Float32Array(size)
    trained.read('encoder.layer.1.output.dense.weight', found)
    expect(found).toEqual(theta.slice(offset, offset + size))
    using file = openSafetensors(opened.files.own)
    expect(file.metadata.get('round')).toBe('1')
  })
})
