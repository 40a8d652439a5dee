import { describe, expect, test } from 'vitest'
import { codeDirection, decodeAll, type Coding } from '#main/wire/coded-direction.ts'
import { ErrorFeedback } from '#main/wire/error-feedback.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'

const segments = [
  { offset: 0, rows: 4, columns: 8 },
  { offset: 32, rows: 1, columns: 8 },
]
const codings: Coding[] = [
  { kind: 'uniform', bits: [1, 1] },
  { kind: 'uniform', bits: [2, 2] },
  { kind: 'uniform', bits: [4, 1] },
  { kind: 'top-k', kept: [2, 1] },
]

/** |sum of decoded - sum of inputs| / |sum of inputs| after `rounds` noisy gradients around a constant one. */
function relativeError(coding: Coding, rounds: number, feedback: boolean): number {
  const stream = new Stream(deriveKey(3, 'gradients'))
  const mean = Float32Array.from({ length: 40 }, () => stream.normal())
  const state = new ErrorFeedback()
  const meant = new Float64Array(40)
  const received = new Float64Array(40)
  for (let round = 0; round < rounds; round++) {
    const gradient = mean.map((value) => value + 0.3 * stream.normal())
    const code = (values: Float32Array) => codeDirection(values, segments, coding)
    const message = decodeAll(feedback ? state.code('a', gradient, code) : code(gradient), 40)
    for (let i = 0; i < 40; i++) {
      meant[i]! += gradient[i] as number
      received[i]! += message[i] as number
    }
  }
  const norm = (vector: Float64Array) => Math.hypot(...vector)
  return norm(meant.map((value, i) => value - (received[i] as number))) / norm(meant)
}

describe('error feedback', () => {
  test.each(codings)('makes the sum of messages converge to the sum of gradients: %o', (coding) => {
    const early = relativeError(coding, 20, true)
    const late = relativeError(coding, 1000, true)
    expect(late).toBeLessThan(early / 10)
    expect(late).toBeLessThan(0.02)
    expect(relativeError(coding, 1000, false)).toBeGreaterThan(2 * late)
  })

  test('keeps what each key is owed apart and continues from a checkpoint', () => {
    const code = (values: Float32Array) => codeDirection(values, [{ offset: 0, rows: 1, columns: 2 }], { kind: 'uniform', bits: [1] })
    const state = new ErrorFeedback()
    const gradient = Float32Array.of(1, 3)
    state.code(0, gradient, code)
    expect([...state.residuals.keys()]).toEqual([0])
    expect(state.residuals.get(0)).toEqual(Float32Array.of(-1, 1))
    expect(gradient).toEqual(Float32Array.of(1, 3))
    const resumed = new ErrorFeedback(state.residuals)
    expect(decodeAll(resumed.code(0, gradient, code), 2)).toEqual(Float32Array.of(2, 2))
    expect(resumed.residuals.get(0)).toEqual(Float32Array.of(-2, 2))
    expect(decodeAll(resumed.code(1, gradient, code), 2)).toEqual(Float32Array.of(2, 2))
    expect(resumed.residuals.get(1)).toEqual(Float32Array.of(-1, 1))
    expect(() => resumed.code(0, new Float32Array(3), code)).toThrow('a gradient of 3 values after one of 2')
  })
})
