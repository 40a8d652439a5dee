import { describe, expect, test } from 'vitest'
import { gradientCooper } from '#main/federation/methods/cooper-by-gradient.ts'
import type { CooperOptions } from '#main/federation/methods/cooper-options.ts'
import type { Derivative, PhoneScalars } from '#main/federation/methods/method.ts'
import { Stream } from '#shared/random/counter.ts'
import { byKinds, estimatesOf } from './scalars.ts'

const cooper = (options: CooperOptions) => byKinds(gradientCooper(options))
const EARNED: CooperOptions = { randomDirections: 3, guidance: 'earned', mixing: 'switch', shrink: false, directions: 'class', monitors: 2 }
const D = 1000
/** The first round after which the source may change. */
const TRIAL = 4

type Scalars = { weight?: number; guided?: (number | Derivative)[]; shared?: (number | Derivative)[]; random?: number[] }

const exact = (values: (number | Derivative)[] = []): Derivative[] =>
  values.map((value) => (typeof value === 'number' ? { value, variance: 0 } : value))

/** Phones 0, 1, ... with these scalars each, of equal weight and without noise unless given. */
const reports = (...rows: Scalars[]): PhoneScalars[] =>
  rows.map(({ weight = 1 / rows.length, guided, shared, random = [] }, phone) => ({
    phone,
    weight,
    rows: 16,
    estimates: estimatesOf(phone, { guided: exact(guided), shared: exact(shared), random }),
  }))

/** Both phones agree, so variances are 0: E_g = mean_k a_k^2 / 2. */
const agreeing = (a: number, shared: number[] = [], random: number[] = []): PhoneScalars[] =>
  reports({ guided: [a, a], shared, random }, { guided: [a, a], shared, random })

describe('guided coefficients', () => {
  const guided = [
    [1, 0.2, -0.5],
    [3, -0.2, -0.5],
  ]

  test('are the means over the phones', () => {
    const { aggregate } = cooper({ ...EARNED, randomDirections: 0 }).aggregate(
      1,
      reports({ guided: guided[0]! }, { guided: guided[1]! }),
      D,
    )
    expect(aggregate).toEqual({ guided: [2, 0, -0.5], shared: [], random: [] })
  })

  test('are shrunk by what the small batches add to their mean, to zero at most; the spread between phones is no noise', () => {
    const method = cooper({ ...EARNED, randomDirections: 0, shrink: true })
    const noisy = reports(
      { guided: [{ value: 1, variance: 2 }, { value: 1, variance: 1 }, -0.5] },
      { guided: [{ value: 3, variance: 2 }, { value: -0.5, variance: 1 }, -0.5] },
    )
    const { aggregate } = method.aggregate(1, noisy, D)
    // First: mean 2, variance (2 + 2) / 4 = 1: 2 (1 - 1 / 4). Second: mean .25, variance .5 > .0625. Third: no noise.
    expect(aggregate.guided).toEqual([1.5, 0, -0.5])
  })

  test('count by the private rows of the phones, and so does their noise', () => {
    const unequal = reports(
      { weight: 0.75, guided: [{ value: 4, variance: 1 }, 1] },
      { weight: 0.25, guided: [{ value: -4, variance: 7 }, 1] },
    )
    expect(cooper({ ...EARNED, randomDirections: 0 }).aggregate(1, unequal, D).aggregate.guided).toEqual([2, 1])
    // Mean 2; variance .5625 * 1 + .0625 * 7 = 1.
    const { aggregate, summary } = cooper({ ...EARNED, randomDirections: 0, shrink: true }).aggregate(1, unequal, D)
    expect(aggregate.guided).toEqual([1.5, 1])
    expect(summary.guidedEnergy).toBeCloseTo((4 - 1 + 1) / 4, 12)
  })
})

describe('energies', () => {
  test('E_g is the unbiased energy in the subspace per forward pass', () => {
    const noisy = (value: number): Scalars => ({ guided: [{ value, variance: 2 }, 4] })
    const { summary } = cooper(EARNED).aggregate(1, reports(noisy(1), noisy(3)), D)
    // Means 2 and 4; variances of the mean 1 and 0; (4 - 1 + 16) / (2 * 2).
    expect(summary.guidedEnergy).toBeCloseTo(19 / 4, 12)
    expect(summary.randomEnergy).toBeNull()
  })

  test('E_r is the squared gradient seen by shared directions, times Q / (Q + d + 1), per forward pass', () => {
    const { summary } = cooper(EARNED).aggregate(
      1,
      reports(
        { guided: [1], shared: [{ value: 1, variance: 4.5 }, 2] },
        { guided: [1], shared: [{ value: 3, variance: 4.5 }, -6] },
        { guided: [1], shared: [2, 1] },
      ),
      D,
    )
    // Means 2 and -1, variance of the first (4.5 + 4.5) / 9 = 1: G2 = (3 + 1) / 2. Q = 3 phones * 3 directions.
    expect(summary.randomEnergy).toBeCloseTo((2 * 9) / (9 + D + 1) / 6, 12)
  })

  test('E_r of unequal phones counts only as many directions as equal ones would give the same certainty', () => {
    const unequal = reports({ weight: 0.8, guided: [1], shared: [1] }, { weight: 0.2, guided: [1], shared: [-1] })
    const { summary } = cooper(EARNED).aggregate(1, unequal, D)
    const total = 3 / (0.64 + 0.04)
    expect(summary.randomEnergy).toBeCloseTo((0.36 * total) / (total + D + 1) / 6, 12)
  })

  test('both are moving averages with decay .8', () => {
    const method = cooper(EARNED)
    method.aggregate(1, agreeing(2, [1, 1]), D)
    const { summary } = method.aggregate(2, agreeing(4, [3, 3]), D)
    expect(summary.guidedEnergy).toBeCloseTo(0.8 * 2 + 0.2 * 8, 12)
    const factor = 6 / (6 + D + 1) / 6
    expect(summary.randomEnergy).toBeCloseTo((0.8 * 1 + 0.2 * 9) * factor, 12)
  })

  test('what is not measured in a round stays as it was', () => {
    const method = cooper(EARNED)
    const first = method.aggregate(1, agreeing(2, [1, 1]), D).summary
    const second = method.aggregate(2, reports({ shared: [1, 1], random: [1] }, { shared: [1, 1], random: [1] }), D).summary
    expect(second.guidedEnergy).toBe(first.guidedEnergy)
  })
})

describe('the switch', () => {
  const strong = agreeing(1, [0.1, 0.1])
  const useless = agreeing(0, [5, 5], [1])
  const randomOnly = reports({ shared: [5, 5], random: [1] }, { shared: [5, 5], random: [1] })

  test('begins with the subspace and a few shared directions', () => {
    expect(cooper(EARNED).plan(1)).toEqual({ guidance: true, guided: true, random: 0, shared: 2 })
  })

  test('stays with the subspace while it promises at least as much', () => {
    const method = cooper(EARNED)
    for (let round = 1; round < 6; round++) {
      const { summary, aggregate } = method.aggregate(round, strong, D)
      expect(summary.source).toBe('guided')
      expect(aggregate.shared).toEqual([0, 0])
      expect(aggregate.guided).toEqual([1, 1])
      expect(method.plan(round + 1).guided).toBe(true)
    }
  })

  test('gives the subspace four rounds before it judges', () => {
    const method = cooper(EARNED)
    for (let round = 1; round < TRIAL; round++) {
      method.aggregate(round, useless, D)
      expect(method.plan(round + 1).guided).toBe(true)
    }
  })

  test('turns to random directions in the round after the subspace promises less', () => {
    const method = cooper(EARNED)
    const first = method.aggregate(TRIAL, useless, D)
    expect(first.summary.source).toBe('guided')
    expect(first.aggregate.shared).toEqual([0, 0])
    expect(method.plan(TRIAL + 1)).toEqual({ guidance: false, guided: false, random: 3, shared: 0 })
    expect(method.aggregate(TRIAL + 1, randomOnly, D).summary.source).toBe('random')
  })

  test('measures what random directions promise in the first rounds and when the subspace is not far ahead, else every eighth', () => {
    const monitored = (energy: number): number[] => {
      const method = cooper(EARNED)
      return Array.from({ length: 24 }, (_, i) => i + 1).filter((round) => {
        const { shared } = method.plan(round)
        method.aggregate(round, agreeing(energy, Array<number>(shared).fill(1)), D)
        return shared > 0
      })
    }
    // E_r = 6 / (6 + D + 1) / 6, about 1e-3; E_g = energy^2 / 2.
    expect(monitored(1)).toEqual([1, 2, 3, 4, 12, 20])
    expect(monitored(0.06)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
  })

  test('in a round of random directions averages over all of all phones, drawn towards 0 to the share of the gradient they explain', () => {
    const method = cooper(EARNED)
    method.aggregate(TRIAL, useless, D)
    const { aggregate } = method.aggregate(TRIAL + 1, reports({ random: [1, 2, 5] }, { random: [3, 4, 7] }), D)
    const scale = 6 / (6 + D + 1) / 6
    expect(aggregate).toEqual({
      guided: [],
      shared: [],
      random: [
        [1, 2, 5].map((c) => expect.closeTo(c * scale, 12) as number),
        [3, 4, 7].map((c) => expect.closeTo(c * scale, 12) as number),
      ],
    })
  })

  test('weighs random directions by the private rows too', () => {
    const method = cooper(EARNED)
    method.aggregate(TRIAL, useless, D)
    const { aggregate } = method.aggregate(TRIAL + 1, reports({ weight: 0.75, random: [4, 8] }, { weight: 0.25, random: [4, 8] }), D)
    const distinct = 2 / (0.5625 + 0.0625)
    const scale = distinct / (distinct + D + 1) / 2
    expect(aggregate.random.flat().map((x) => x / scale)).toEqual([3, 6, 1, 2].map((x) => expect.closeTo(x, 9) as number))
  })

  /** Rounds in which the subspace is probed, where it never promises anything. */
  function retries(rounds: number): number[] {
    const method = cooper(EARNED)
    const probed: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const plan = method.plan(round)
      expect(plan.guidance).toBe(plan.guided)
      if (plan.guided) probed.push(round)
      method.aggregate(round, plan.guided ? useless : randomOnly, D)
    }
    return probed
  }

  test('looks at the subspace again 16 rounds after the trial, then twice as rarely each time, after 64 at last', () => {
    expect(retries(250)).toEqual([1, 2, 3, 4, 20, 52, 116, 180, 244])
  })

  test('looks at the subspace in a round of as many passes as any other', () => {
    const retry = (options: Partial<CooperOptions>) => {
      const method = cooper({ ...EARNED, ...options })
      method.aggregate(TRIAL, useless, D)
      for (let round = TRIAL + 1; round < TRIAL + 16; round++) {
        expect(method.plan(round)).toMatchObject({ guided: false, shared: 0 })
        method.aggregate(round, randomOnly, D)
      }
      return { method, plan: method.plan(TRIAL + 16) }
    }
    // The subspace has two directions.
    expect(retry({ randomDirections: 10 }).plan).toEqual({ guidance: true, guided: true, random: 6, shared: 2 })
    expect(retry({ randomDirections: 3 }).plan).toMatchObject({ random: 0, shared: 2 })
    expect(retry({ randomDirections: 1 }).plan).toMatchObject({ random: 0, shared: 1 })
  })

  test('takes along in such a round what it finds in either', () => {
    const method = cooper(EARNED)
    method.aggregate(TRIAL, useless, D)
    const { aggregate, summary } = method.aggregate(TRIAL + 16, agreeing(0.5, [5, 3], [1]), D)
    expect(summary.source).toBe('hybrid')
    expect(aggregate.guided).toEqual([0.5, 0.5])
    // Two shared directions, and one of each of two phones: four different ones. A shared one counts like one of every phone.
    const scale = 4 / (4 + D + 1) / 3
    expect(aggregate.shared).toEqual([5, 3].map((c) => expect.closeTo(c * scale, 12) as number))
    expect(aggregate.random.flat()).toEqual([1, 1].map((c) => expect.closeTo((c * scale) / 2, 12) as number))
  })

  test('comes back to the subspace when it earns it, and is then patient again', () => {
    const method = cooper(EARNED)
    const round = (n: number, energy: number): boolean => {
      const plan = method.plan(n)
      method.aggregate(
        n,
        plan.guided ? agreeing(energy, [1, 1], [1]) : reports({ shared: [1, 1], random: [1] }, { shared: [1, 1], random: [1] }),
        D,
      )
      return plan.guided
    }
    expect([1, 2, 3, 4].map((n) => round(n, 0))).toEqual([true, true, true, true])
    expect([...Array(15).keys()].some((i) => round(5 + i, 0))).toBe(false)
    expect(round(20, 10)).toBe(true)
    expect(round(21, 0)).toBe(true)
    let last = 21
    while (round(last + 1, 0)) last++
    const looks = [...Array(60).keys()].map((i) => last + 2 + i).filter((n) => round(n, 0))
    expect(looks.map((n) => n - last)).toEqual([16, 48])
  })
})

test('always guided: no random directions, no shared ones, no switch', () => {
  const method = cooper({ ...EARNED, guidance: 'always' })
  expect(method.plan(1)).toEqual({ guidance: true, guided: true, random: 0, shared: 0 })
  const { summary } = method.aggregate(1, agreeing(0), D)
  expect(summary.source).toBe('guided')
  expect(method.plan(2).guided).toBe(true)
})

test('never guided: rounds of plain zeroth-order optimisation', () => {
  const method = cooper({ ...EARNED, guidance: 'never' })
  expect(method.plan(1)).toEqual({ guidance: false, guided: false, random: 3, shared: 0 })
  expect(method.plan(9)).toEqual(method.plan(1))
})

test('directions per class and layer are asked for wherever the subspace is probed', () => {
  const method = cooper({ ...EARNED, directions: 'class-layer' })
  expect(method.plan(1)).toMatchObject({ guided: true, layerwise: true })
  expect(cooper({ ...EARNED, directions: 'class-layer', mixing: 'hybrid' }).plan(1)).toMatchObject({ layerwise: true, projected: true })
  method.aggregate(TRIAL, agreeing(0, [5, 5], [1]), D)
  expect(method.plan(TRIAL + 1)).not.toHaveProperty('layerwise')
})

test('without random directions there is nothing to switch to', () => {
  const method = cooper({ ...EARNED, randomDirections: 0 })
  expect(method.plan(1)).toEqual({ guidance: true, guided: true, random: 0, shared: 0 })
  method.aggregate(1, agreeing(0), D)
  expect(method.plan(2).guided).toBe(true)
})

test('hybrid: both in every round, the random part outside the subspace, averaged over all phones and drawn towards 0', () => {
  const method = cooper({ ...EARNED, mixing: 'hybrid' })
  expect(method.plan(1)).toEqual({ guidance: true, guided: true, random: 3, shared: 0, projected: true })
  const { aggregate, summary } = method.aggregate(1, reports({ guided: [1], random: [3, 6, 9] }, { guided: [2], random: [12, 15, 18] }), D)
  const share = 6 / (6 + D + 1)
  expect(aggregate).toEqual({
    guided: [1.5],
    shared: [],
    random: [
      [0.5, 1, 1.5],
      [2, 2.5, 3],
    ].map((own) => own.map((c) => expect.closeTo(c * share, 12) as number)),
  })
  expect(summary.source).toBe('hybrid')
  expect(method.plan(2)).toEqual(method.plan(1))
})

test('the factor on random directions is the one of least squared error', () => {
  // 4 directions in 9 dimensions, of which the estimate from derivatives is (1/4) sum (g . z) z.
  const stream = new Stream([3, 4])
  const normals = (n: number): number[] => Array.from({ length: n }, () => stream.normal())
  let [cross, square] = [0, 0]
  for (let draw = 0; draw < 20_000; draw++) {
    const gradient = normals(9)
    const estimate = Array<number>(9).fill(0)
    for (let j = 0; j < 4; j++) {
      const z = normals(9)
      const along = z.reduce((sum, x, e) => sum + x * gradient[e]!, 0)
      z.forEach((x, e) => (estimate[e] = estimate[e]! + (along * x) / 4))
    }
    estimate.forEach((x, e) => {
      cross += x * gradient[e]!
      square += x * x
    })
  }
  const method = cooper({ ...EARNED, mixing: 'hybrid', randomDirections: 4 })
  const { aggregate } = method.aggregate(1, reports({ guided: [0], random: [1, 1, 1, 1] }), 9)
  expect(aggregate.random[0]![0]! * 4).toBeCloseTo(cross / square, 2)
})
