/** The file that every replica of a session starts from: the checkpoint in float32 and in the order of theta, a classifier with it. */
import { isClassifier } from '#main/models/heads.ts'
import type { Model } from '#main/models/model.ts'
import { initialiseOne } from '../parameters.ts'
import { SLICE, commitNext, writeNext } from './weights-file.ts'
import type { WeightLayout } from './weight-layout.ts'

/** Writes it to `path`, slice by slice. A classifier that the checkpoint lacks is drawn as adapters draw it. */
export function writeStartingWeights(path: string, model: Model, layout: WeightLayout, seed: number): void {
  const slice = new Float32Array(SLICE)
  const encoder = layout.parameters.filter(({ input }) => !isClassifier(input))
  const classifier = layout.parameters.slice(encoder.length).map((parameter) => {
    const values = new Float32Array(parameter.size)
    initialiseOne(parameter, values, seed, model)
    return { ...parameter, values }
  })
  writeNext(path, layout, 0, ({ offset, size }) => {
    /** The part of a tensor that lies in the slice: where in the slice, and from and to which of its elements. */
    const within = (tensor: { offset: number; size: number }): readonly [out: Float32Array, from: number, to: number] => {
      const from = Math.max(0, offset - tensor.offset)
      const to = Math.max(from, Math.min(tensor.size, offset + size - tensor.offset))
      return [slice.subarray(tensor.offset + from - offset, tensor.offset + to - offset), from, to]
    }
    for (const weight of encoder) {
      const [out, from, to] = within(weight)
      if (from < to) model.read(weight.stored!.name, out, from)
    }
    for (const weight of classifier) {
      const [out, from, to] = within(weight)
      if (from < to) out.set(weight.values.subarray(from, to))
    }
    return slice.subarray(0, size)
  })
  commitNext(path)
}
