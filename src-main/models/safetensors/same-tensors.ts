/** Tells if two tensors of a checkpoint hold the same values in the same type, scales of integers included. */
import { BYTES_PER_ELEMENT, type TensorSource, scaleName } from './format.ts'

const PART_BYTES = 2 ** 20

export function sameTensors(source: TensorSource, a: string, b: string): boolean {
  const [first, second] = [source.tensors.get(a), source.tensors.get(b)]
  if (!first || !second) return first === second
  if (first.dtype !== second.dtype || first.shape.join() !== second.shape.join()) return false
  if (!a.endsWith(scaleName('')) && !sameTensors(source, scaleName(a), scaleName(b))) return false
  const width = BYTES_PER_ELEMENT[first.dtype]
  const step = PART_BYTES / width
  for (let at = 0; at < first.byteLength / width; at += step) {
    const count = Math.min(step, first.byteLength / width - at)
    const [own, other] = [Buffer.alloc(count * width), Buffer.alloc(count * width)]
    source.readInto(a, own, at, count)
    source.readInto(b, other, at, count)
    if (!own.equals(other)) return false
  }
  return true
}
