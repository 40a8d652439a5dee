/** The rows of a table as a checkpoint is measured on them: token ids, classes and the head. */
import type { Model } from '#main/models/model.ts'
import type { Example } from '#main/training/batch.ts'
import { type ParameterLayout, initialise, parameterLayout } from '#main/training/parameters.ts'
import { exampleAt } from '#main/training/packed-examples.ts'
import type { ReadRows, RowsRequest } from '#main/reading/read-rows.ts'
import type { Reader } from '#main/reading/reader.ts'

/** Rows as token ids, and the head to measure with. */
interface MeasuredRows extends Omit<ReadRows, 'examples'> {
  readonly examples: readonly Example[]
  /** The layout of the classifier alone, since there is no adapter. */
  readonly layout: ParameterLayout
  /** The classifier [layout.size], the checkpoint's or else the one a run with this seed starts with. */
  readonly classifier: Float32Array
  /** Weights drawn from the seed, under Hugging Face names. */
  readonly fresh: readonly string[]
}

/** @throws InputError for data or a tokenizer that doesn't fit the model */
export async function measuredRows(model: Model, request: RowsRequest, reader: Reader): Promise<MeasuredRows> {
  const { config, architecture } = model
  const { onProgress: _, ...plain } = request
  const read = await reader.read('rows', plain, request.data)
  const layout = parameterLayout(architecture, config, null, read.head)
  const classifier = new Float32Array(layout.size)
  initialise(layout, classifier, request.seed, model)
  const drawn = typeof read.head === 'number' && !model.holdsClassifier(read.head)
  return {
    ...read,
    examples: Array.from(read.examples.labels, (_label, row) => exampleAt(read.examples, row)),
    layout,
    classifier,
    fresh: [...model.fresh, ...(drawn ? layout.parameters.map(({ name }) => name) : [])],
  }
}
