/** Computes accuracy and mean cross-entropy of the parameters on rows: of their classes, or of every next word. */
import { type BatchForm, type Example, makeBatch } from './batch.ts'
import type { PointSweep } from './point-sweep.ts'

const SEQUENCES_PER_BATCH = 32

/** Both are means over `targets` predictions. @param onRow called with each row's index and logits [C], in the order of length, not of `rows` */
export async function evaluate(
  sweep: Pick<PointSweep, 'run'>,
  rows: readonly Example[],
  form: number | BatchForm,
  onRow?: (row: number, logits: Float32Array) => void,
): Promise<{ accuracy: number; loss: number; rows: number; targets: number }> {
  // Rows of similar length share a batch, since padding is computed too.
  const order = rows.map((_, row) => row).sort((a, b) => rows[a]!.ids.length - rows[b]!.ids.length || a - b)
  let correct = 0
  let loss = 0
  let targets = 0
  for (let start = 0; start < order.length; start += SEQUENCES_PER_BATCH) {
    const chosen = order.slice(start, start + SEQUENCES_PER_BATCH)
    const batch = makeBatch(
      chosen.map((row) => rows[row]!),
      form,
    )
    const result = await sweep.run(batch, [{ direction: null, scale: 0 }])
    const classes = result.logits.length / chosen.length
    targets += batch.targets
    chosen.forEach((row, n) => {
      const logits = result.logits.subarray(n * classes, (n + 1) * classes)
      // A row's weight is the number of its predictions.
      loss += (result.losses[n]! * batch.targets) / batch.sequences
      if (classes === 0) correct += result.hits[n]!
      else if (logits.indexOf(Math.max(...logits)) === rows[row]!.label) correct++
      onRow?.(row, logits)
    })
  }
  return { accuracy: correct / targets, loss: loss / targets, rows: rows.length, targets }
}
