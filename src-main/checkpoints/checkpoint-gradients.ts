/** Backpropagation through a whole checkpoint: the gradient of the mean cross-entropy on some rows, for every weight, as safetensors. */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { DataReport } from '#shared/events/data-report.ts'
import { Arena } from '#main/engine/arena.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { Model, modelWeights } from '#main/models/model.ts'
import { elementCountOf } from '#main/models/safetensors/format.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { Backprop } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { feedsInPlace } from '#main/training/sweep.ts'
import { addGradient } from '#main/training/weight-gradients.ts'
import { batches } from './evaluate-checkpoint.ts'
import { measuredRows } from './measured-rows.ts'
import type { RowsRequest } from '#main/reading/read-rows.ts'
import type { Reader } from '#main/reading/reader.ts'
import { checkWritable } from '#main/machine/whole-file.ts'

interface GradientReport {
  readonly rows: number
  readonly labels: readonly string[]
  /** The mean cross-entropy, in nats. */
  readonly loss: number
  readonly accuracy: number
  /** Tensors in the file, and their elements together. */
  readonly tensors: number
  readonly parameters: number
  /** Euclidean length of the whole gradient. */
  readonly norm: number
  readonly fresh: readonly string[]
  /** The decisions about columns, classes and rows. */
  readonly report: DataReport
  readonly seconds: number
}

/** A gradient in the making; `values` has the elements of `shape`. */
interface Gradient {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/**
 * Writes the gradients to `out` as float32, under the names the weights have in the checkpoint; metadata: loss and rows.
 * @throws InputError naming the file and what was expected, before anything is computed
 */
export async function checkpointGradients(request: RowsRequest, out: string, reader: Reader): Promise<GradientReport> {
  const started = performance.now()
  checkWritable(out)
  using model = new Model(request.checkpoint, request.seed)
  const { labels, examples, form, layout, head, classifier: own, fresh, report } = await measuredRows(model, request, reader)
  const { architecture, config } = model
  const weights = new StreamedWeights(model, new Arena(streamedBytes(model, 'fp32', head)), { head })
  using backprop = await Backprop.create(model, weights, null, head, 'all', 'checkpoints')
  const classifier = feedsInPlace(layout.parameters, own)
  const ofHead = typeof head === 'number' ? classifierWeights(architecture, config, head) : []
  const specs = [...modelWeights(architecture, config, head), ...ofHead]
  const gradients = new Map(specs.map(({ name, shape }): [string, Gradient] => [name, zeros(shape)]))

  const words = examples.reduce((sum, { ids }) => sum + ids.length - 1, 0)
  let loss = 0
  let correct = 0
  let done = 0
  for (const chosen of batches(examples, request.batch)) {
    const batch = makeBatch(
      chosen.map((row) => examples[row]!),
      form,
    )
    // The pass gives gradients of the chunk's own mean.
    const share = form.nextWord ? batch.targets / words : chosen.length / examples.length
    const trainable = (layer: number): Feeds => (layer === config.layers ? classifier : {})
    const { losses, logits, hits } = await backprop.gradients(batch, trainable, (...gradient) => {
      addGradient(model, batch, gradient, (name) => gradients.get(name)!.values, share, head)
    })
    chosen.forEach((row, n) => {
      const scores = logits.subarray(n * labels.length, (n + 1) * labels.length)
      loss += (losses[n]! / chosen.length) * share
      if (hits) correct += hits[n]!
      else if (scores.indexOf(Math.max(...scores)) === examples[row]!.label) correct++
    })
    done += chosen.length
    request.onProgress?.(done, examples.length)
  }

  const entries = [...gradients].map(
    ([name, { shape, values }]) => [model.nameInFile(name), { dtype: 'F32', shape, data: values }] as const,
  )
  if (!Number.isFinite(loss)) throw new RunFailed(`${request.checkpoint}: the loss is no number; its weights give none`)
  writeSafetensors(out, entries, { format: 'pt', loss: String(loss), rows: String(examples.length) })
  const all = [...gradients.values()]
  return {
    rows: examples.length,
    labels,
    loss,
    accuracy: correct / (form.nextWord ? words : examples.length),
    tensors: all.length,
    parameters: all.reduce((sum, { values }) => sum + values.length, 0),
    norm: Math.sqrt(all.reduce((sum, { values }) => sum + squaredNorm(values), 0)),
    fresh,
    report,
    seconds: (performance.now() - started) / 1000,
  }
}

function zeros(shape: readonly number[]): Gradient {
  return { shape, values: new Float32Array(elementCountOf(shape)!) }
}

function squaredNorm(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0)
}
