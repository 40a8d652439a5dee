/**
 * Measures how well a pretrained checkpoint predicts masked tokens of a table's rows, which is all there is to measure before it has a classifier.
 */
import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import type { FrozenWeights } from '#main/models/precision.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { makeBatch } from '#main/training/batch.ts'
import { MaskedLanguageLoss } from '#main/training/masked-language-loss.ts'
import { maskTokens } from '#main/training/masking.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { batches } from './evaluate-checkpoint.ts'
import { measuredRows } from './measured-rows.ts'
import type { RowsRequest } from '#main/reading/read-rows.ts'
import type { Reader } from '#main/reading/reader.ts'
import { kernelsPath } from '#main/machine/resources.ts'

/**
 * The masked tokens depend on the request's seed alone, so that forms of the weights are measured on the same tokens.
 * @returns the mean cross-entropy in nats, null for a checkpoint without the head
 */
export async function maskedCheckpointLoss(request: RowsRequest, reader: Reader, { form, file }: FrozenWeights): Promise<number | null> {
  using model = new Model(request.checkpoint, request.seed, file)
  if (!MaskedLanguageLoss.isFor(model)) return null
  const {
    examples,
    form: { padId },
    masking,
  } = await measuredRows(model, request, reader)
  if (masking === null) return null
  const { maskId, lastSpecial } = masking
  const arena = new Arena(streamedBytes(model, form))
  const weights = new StreamedWeights(model, arena, {
    form,
    kernels: loadKernels(arena.memory, readFileSync(kernelsPath(reader.resources))),
  })
  using loss = await MaskedLanguageLoss.create(model, weights)
  let sum = 0
  let tokens = 0
  for (const [index, chosen] of batches(examples, request.batch).entries()) {
    const batch = makeBatch(
      chosen.map((row) => examples[row]!),
      padId,
    )
    const stream = new Stream(deriveKey(request.seed, 'masked tokens', index))
    if (!batch.ids.some((id) => id > lastSpecial)) continue
    const losses = await loss.losses(maskTokens(batch, maskId, lastSpecial, model.config.vocabularySize, stream))
    sum = losses.reduce((a, b) => a + b, sum)
    tokens += losses.length
  }
  return tokens === 0 ? null : sum / tokens
}
