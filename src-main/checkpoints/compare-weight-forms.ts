/** Measures the cost of narrow forms of the frozen weights: the same checkpoint on the same rows in each of them. */
import { InputError } from '#shared/errors/input-error.ts'
import type { MatrixForm } from '#main/engine/onnx/graph.ts'
import type { FrozenWeights } from '#main/models/precision.ts'
import { WEIGHT_FORMS } from '#shared/scenario/model-schema.ts'
import { frozenWeights } from './converted-weights.ts'
import { type CheckpointEvaluation, type RowLogits, measureCheckpoint } from './evaluate-checkpoint.ts'
import { maskedCheckpointLoss } from './masked-checkpoint-loss.ts'
import type { RowsRequest } from '#main/reading/read-rows.ts'
import type { Reader } from '#main/reading/reader.ts'

interface WeightFormResult {
  readonly weights: MatrixForm
  readonly accuracy: number
  readonly loss: number
  /** Bytes of a phone's buffer for one block. */
  readonly bytesPerBlock: number
  /** This form's accuracy less that of fp32. */
  readonly accuracyChange: number
  readonly lossChange: number
  /** Rows that get another class than in fp32. */
  readonly changedRows: number
  /** Largest |logit - logit in fp32| of any row and class. */
  readonly largestLogitChange: number
  /** Mean cross-entropy of masked tokens; null without that head. */
  readonly maskedLoss: number | null
}

/** @returns the evaluation in fp32, and every form beside it @throws InputError as `evaluateCheckpoint` */
export async function compareWeightForms(
  request: RowsRequest,
  reader: Reader,
): Promise<{ evaluation: CheckpointEvaluation; forms: WeightFormResult[] }> {
  const held = (form: MatrixForm): FrozenWeights => frozenWeights(request.checkpoint, form, reader.resources.weightsCache)
  const wide = await measureCheckpoint(request, reader, held('fp32'))
  const { problem } = wide.evaluation
  if (problem !== undefined) throw new InputError('--weights', `"all" with a head of ${problem}`, 'one form at a time')
  const forms: WeightFormResult[] = []
  for (const weights of WEIGHT_FORMS) {
    const { evaluation, rows, bytesPerBlock } = weights === 'fp32' ? wide : await measureCheckpoint(request, reader, held(weights))
    const { accuracy, loss } = evaluation
    forms.push({
      weights,
      accuracy,
      loss,
      bytesPerBlock,
      accuracyChange: accuracy - wide.evaluation.accuracy,
      lossChange: loss - wide.evaluation.loss,
      changedRows: rows.filter((row, i) => classOf(row) !== classOf(wide.rows[i]!)).length,
      largestLogitChange: Math.max(...rows.map((row, i) => distance(row, wide.rows[i]!))),
      maskedLoss: await maskedCheckpointLoss(request, reader, held(weights)),
    })
  }
  return { evaluation: wide.evaluation, forms }
}

function classOf({ logits }: RowLogits): number {
  return logits.indexOf(Math.max(...logits))
}

function distance(a: RowLogits, b: RowLogits): number {
  return Math.max(...a.logits.map((logit, c) => Math.abs(logit - b.logits[c]!)))
}
