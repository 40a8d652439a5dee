/**
 * Error feedback on the cloud side: the coding error of a message is added to the next message of the same key, so that the sum of what was
 * received follows the sum of what was meant (Seide et al. 2014; Karimireddy et al. 2019).
 *
 *     x = g + e ;  s = Q(x) ;  e <- x - s
 */
import { decodeAll, type CodedDirection } from './coded-direction.ts'

export class ErrorFeedback {
  /** The coding error carried over, by key (a class label, or label and layer), in the layout of the gradient. It is part of a checkpoint. */
  readonly residuals: Map<string | number, Float32Array>

  constructor(residuals: Iterable<readonly [string | number, Float32Array]> = []) {
    this.residuals = new Map(residuals)
  }

  /** Codes `gradient` plus the residual of `key`, and keeps the new coding error as the residual. `gradient` is not changed. */
  code(key: string | number, gradient: Float32Array, code: (values: Float32Array) => CodedDirection): CodedDirection {
    const owed = this.residuals.get(key)
    if (owed && owed.length !== gradient.length) {
      throw new RangeError(`error feedback of ${key}: a gradient of ${gradient.length} values after one of ${owed.length}`)
    }
    const wanted = owed ? gradient.map((value, i) => value + (owed[i] as number)) : gradient.slice()
    const coded = code(wanted)
    const sent = decodeAll(coded, gradient.length)
    for (let i = 0; i < wanted.length; i++) wanted[i] = (wanted[i] as number) - (sent[i] as number)
    this.residuals.set(key, wanted)
    return coded
  }
}
