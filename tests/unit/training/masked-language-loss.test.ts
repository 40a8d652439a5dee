import { expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import type { MaskedBatch } from '#main/training/masking.ts'
import { MaskedLanguageLoss } from '#main/training/masked-language-loss.ts'
import { distance, oracle, tinyDirectory } from './tiny.ts'

const { inputIds, mask, labels, losses } = oracle.maskedLanguage
const counted = labels.flat().flatMap((label, at) => (label === -100 ? [] : [{ at, label }]))
const recorded: MaskedBatch = {
  batch: {
    sequences: inputIds.length,
    tokens: inputIds[0]!.length,
    ids: Int32Array.from(inputIds.flat()),
    mask: Float32Array.from(mask.flat(), (on) => (on ? 0 : -1e9)),
    pick: new Float32Array(0),
    types: new Int32Array(inputIds.flat().length),
    targets: inputIds.length,
    labels: new BigInt64Array(inputIds.length),
  },
  positions: Int32Array.from(counted, ({ at }) => at),
  tokens: BigInt64Array.from(counted, ({ label }) => BigInt(label)),
}

// The vocabulary has 60 words: slices of 7 leave a part of one, of 1024 there is one.
test.each([1, 7, 60, 1024])('the output matrix in slices of %i words gives the losses that PyTorch gives', async (sliceWords) => {
  using model = new Model(tinyDirectory, 1)
  const weights = new StreamedWeights(model, new Arena(streamedBytes(model)))
  using loss = await MaskedLanguageLoss.create(model, weights, sliceWords)
  expect(distance(await loss.losses(recorded), losses)).toBeLessThan(1e-4)
})

test.each(['fp16', 'int8'] as const)('in %s streamed and resident weights give the same loss, near that of float32', async (form) => {
  using model = new Model(tinyDirectory, 1)
  using streamed = await MaskedLanguageLoss.create(model, new StreamedWeights(model, new Arena(streamedBytes(model, form)), { form }), 7)
  using resident = await MaskedLanguageLoss.create(model, new ResidentWeights(model, { rounding: form }), 60)
  const found = await streamed.losses(recorded)
  expect(distance(found, await resident.losses(recorded))).toBeLessThan(1e-5)
  expect(distance(found, losses)).toBeLessThan(form === 'fp16' ? 0.01 : 0.3)
  expect(distance(found, losses)).toBeGreaterThan(1e-5)
})
