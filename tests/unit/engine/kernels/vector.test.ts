import { describe, expect, it } from 'vitest'
import { loaded } from './loaded.ts'

const { arena, kernels } = loaded(1 << 20)
const lengths = Array.from({ length: 68 }, (_, n) => n)
const starts = [0, 1, 2, 3]

/** A region with room to look for writes outside; `seed` shifts its values. */
function region(seed: number): Float32Array<ArrayBuffer> {
  const values = arena.floats(96)
  for (let i = 0; i < 96; i++) values[i] = Math.sin(seed + 1.7 * i) * 10 ** ((i % 7) - 3)
  return values
}

/** Calls `body` for every length and misalignment with fresh regions. */
function everywhere(count: number, body: (n: number, start: number, regions: Float32Array[], addresses: number[]) => void): void {
  const mark = arena.mark()
  for (const n of lengths) {
    for (const start of starts) {
      const regions = Array.from({ length: count }, (_, k) => region(k * 11))
      body(
        n,
        start,
        regions,
        regions.map((values) => arena.offsetOf(values) + 4 * start),
      )
      arena.release(mark)
    }
  }
}

describe('vector kernels agree with plain loops for every length to 67 at every alignment', () => {
  it('axpy', () => {
    everywhere(2, (n, start, [y, x], [py, px]) => {
      const expected = y!.slice()
      for (let i = start; i < start + n; i++) expected[i] = expected[i]! + Math.fround(Math.fround(0.3) * x![i]!)
      kernels.axpy(py!, px!, n, 0.3)
      expect(y).toEqual(expected)
    })
  })

  it('scale', () => {
    everywhere(1, (n, start, [x], [px]) => {
      const expected = x!.slice()
      for (let i = start; i < start + n; i++) expected[i]! *= Math.fround(-1.1)
      kernels.scale(px!, n, -1.1)
      expect(x).toEqual(expected)
    })
  })

  it('dot and squaredNorm, in double precision', () => {
    everywhere(2, (n, start, [x, y], [px, py]) => {
      let dot = 0
      let size = 0
      let norm = 0
      for (let i = start; i < start + n; i++) {
        dot += x![i]! * y![i]!
        size += Math.abs(x![i]! * y![i]!)
        norm += x![i]! ** 2
      }
      expect(Math.abs(kernels.dot(px!, py!, n) - dot)).toBeLessThanOrEqual(1e-14 * size)
      expect(Math.abs(kernels.squaredNorm(px!, n) - norm)).toBeLessThanOrEqual(1e-14 * norm)
    })
  })

  it('keeps what float32 sums would lose', () => {
    const x = arena.floats(1 << 16).fill(1)
    x[0] = 2 ** 14
    expect(kernels.squaredNorm(arena.offsetOf(x), x.length)).toBe(2 ** 28 + 2 ** 16 - 1)
  })
})

describe('adam', () => {
  it('makes the step of Kingma and Ba to float32 precision and touches nothing else', () => {
    everywhere(4, (n, start, [theta, m, v, g], [pt, pm, pv, pg]) => {
      for (let i = 0; i < 96; i++) v![i] = Math.abs(v![i]!)
      const [rate, beta1, beta2, epsilon, step] = [0.01, 0.9, 0.99, 1e-8, 3]
      const correction1 = 1 - beta1 ** step
      const correction2 = 1 - beta2 ** step
      const expected = [theta!, m!, v!, g!].map((values) => Float64Array.from(values))
      const tolerance = new Float64Array(96)
      for (let i = start; i < start + n; i++) {
        const gradient = expected[3]![i]!
        const first = beta1 * expected[1]![i]! + (1 - beta1) * gradient
        const second = beta2 * expected[2]![i]! + (1 - beta2) * gradient ** 2
        const update = (rate * (first / correction1)) / (Math.sqrt(second / correction2) + epsilon)
        const terms = Math.abs(beta1 * expected[1]![i]!) + Math.abs((1 - beta1) * gradient)
        tolerance[i] = 4e-7 * (Math.abs(expected[0]![i]!) + terms + second + Math.abs(update * (terms / Math.abs(first))))
        expected[0]![i]! -= update
        expected[1]![i] = first
        expected[2]![i] = second
      }
      kernels.adam(pt!, pm!, pv!, pg!, n, rate, beta1, beta2, epsilon, correction1, correction2)
      for (const [k, values] of [theta!, m!, v!, g!].entries()) {
        const wrong = values.findIndex((x, i) => !(Math.abs(x - expected[k]![i]!) <= tolerance[i]!))
        expect({ n, start, region: k, wrong }).toEqual({ n, start, region: k, wrong: -1 })
      }
    })
  })

  it('gives an element the same result wherever it lies in the slice', () => {
    const runs = [0, 1, 2, 3].map((start) => {
      const regions = [0, 11, 22, 33].map((seed) => region(seed))
      regions[2]!.forEach((x, i) => (regions[2]![i] = Math.abs(x)))
      const [t, m, v, g] = regions.map((values) => arena.offsetOf(values) + 4 * start)
      kernels.adam(t!, m!, v!, g!, 67 - start, 0.01, 0.9, 0.99, 1e-8, 0.1, 0.01)
      return regions[0]!.slice(3, 67)
    })
    for (const run of runs) expect(run).toEqual(runs[0])
  })
})

it('an address outside the memory is an error, not a silent write', () => {
  expect(() => kernels.scale(arena.memory.buffer.byteLength - 8, 4, 2)).toThrow(WebAssembly.RuntimeError)
})
