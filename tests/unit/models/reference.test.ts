/** The independent implementation itself, against what PyTorch computed of the recorded checkpoints. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import type { Config } from '../../reference/config.ts'
import type { Tensor } from '../../reference/matrix.ts'
import { outcomeOf } from '../../reference/model.ts'
import { distance } from '../training/tiny.ts'
import { recorded, recordedDirectory, recordedModels } from './architectures/recorded.ts'

test.each(recordedModels)('%s gives the recorded logits, scores of words and losses', (name) => {
  const directory = recordedDirectory(name)
  const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Config
  using file = openCheckpoint(directory)
  const tensors = new Map<string, Tensor>()
  for (const [own, { shape }] of file.tensors) {
    const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
    file.readFloats(own, data)
    tensors.set(own, { shape, data })
  }
  const { inputIds, classification, words, language } = recorded(name)
  inputIds.forEach((ids, n) => {
    const { at, ids: asked } = words ?? { at: [], ids: [] }
    // The recorded batch passes over no token inside a text.
    const text = { ids, types: ids.map(() => 0) }
    const own = outcomeOf({ ...config, ...(language ? { pad_token_id: null } : {}) }, tensors, [text], at[n] ?? 0, asked)
    expect(distance(own.logits, classification.logits[n]!)).toBeLessThan(1e-5)
    if (language) {
      const before = inputIds.slice(0, n).reduce((sum, row) => sum + row.length - 1, 0)
      const sum = language.losses.slice(before, before + ids.length - 1).reduce((total, loss) => total + loss, 0)
      expect(own.words[0]).toBeCloseTo(sum, 4)
    } else if (words) expect(distance(own.words, words.logits[n]!)).toBeLessThan(1e-5)
  })
})
