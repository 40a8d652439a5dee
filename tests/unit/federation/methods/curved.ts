/** What a phone measured along directions that all phones probe, for the tests of Newton steps. */
import type { PhoneScalars } from '#main/federation/methods/method.ts'
import { estimatesOf } from './scalars.ts'

export interface Curved {
  readonly weight?: number
  readonly guided?: readonly number[]
  readonly shared?: readonly number[]
  /** Upper triangles over guided, then shared directions. */
  readonly metric: readonly number[]
  readonly noise: readonly number[]
}

export function curved({ weight = 1, guided = [], shared = [], metric, noise }: Curved): PhoneScalars {
  const exact = (values: readonly number[]) => values.map((value) => ({ value, variance: 0 }))
  return {
    phone: 0,
    weight,
    rows: 1e15,
    estimates: estimatesOf(0, { guided: exact(guided), shared: exact(shared) }),
    curvature: { metric, noise },
  }
}

/** The same along every direction, which have nothing in common: slope a, curvature 1, noise. */
export function alike(guided: number[], shared: number[], noise: number): PhoneScalars {
  const size = guided.length + shared.length
  const diagonal = (value: number): number[] =>
    Array.from({ length: size }, (_, k) => Array.from({ length: size - k }, (__, i) => (i === 0 ? value : 0))).flat()
  return curved({ guided, shared, metric: diagonal(1), noise: diagonal(noise) })
}
