import { describe, expect, test } from 'vitest'
import { cooper as newtonCooper } from '#main/federation/methods/cooper.ts'
import type { CooperOptions } from '#main/federation/methods/cooper-options.ts'
import type { PhoneScalars } from '#main/federation/methods/method.ts'
import { SignalBelief } from '#main/federation/methods/signal-belief.ts'
import { alike, curved } from './curved.ts'
import { type PlanByKinds, type UpdateByKinds, byKinds } from './scalars.ts'

const cooper = (...how: Parameters<typeof newtonCooper>) => byKinds(newtonCooper(...how))
const EARNED: CooperOptions = { randomDirections: 10, guidance: 'earned', mixing: 'switch', shrink: true, directions: 'class', monitors: 2 }
const D = 1000
/** S / n that is believed of guided directions after the first measurement. @param share of |b|^2 and of one direction's noise */
function believed(size: number, count: number): number {
  const belief = new SignalBelief(0.3, 1.5)
  belief.measure(size, count)
  return belief.mean
}

/** Slope over curvature of a full step: what damping leaves of it. */
const DAMPED = 1 / 1.03
const close = (values: readonly number[]): number[] => values.map((value) => expect.closeTo(value, 10) as number)
const times = (count: number, value: number): number[] => Array<number>(count).fill(value)

describe('the step', () => {
  test('is the Newton step, drawn towards 0 by what small batches add to it', () => {
    // |b|^2 is forty times the noise of one of the two.
    const weight = believed(40, 2) / (1 + believed(40, 2))
    const { aggregate, summary } = cooper(EARNED).aggregate(1, [alike([0.2, -0.2], [], 0.002)], D)
    expect(aggregate.guided).toEqual(close([0.2 * DAMPED * weight, -0.2 * DAMPED * weight]))
    expect(summary.guidedWeight).toBeCloseTo(weight, 12)
    expect(aggregate.random).toEqual([])
  })

  test('is cut where its half squared length is over 1 nat', () => {
    const steep = curved({ guided: [2000, -2000], metric: [10_000, 0, 10_000], noise: [100, 0, 100] })
    const { aggregate } = cooper(EARNED).aggregate(1, [steep], D)
    const [x, y] = aggregate.guided as [number, number]
    expect((10_300 * (x * x + y * y)) / 2).toBeCloseTo(1, 10)
    expect(x).toBeCloseTo(-y, 12)
  })

  test('is no longer than the radius that it is trusted in', () => {
    const { aggregate, summary } = cooper(EARNED).aggregate(1, [alike([20, -20], [], 1)], D)
    const length = Math.hypot(...aggregate.guided)
    expect(length).toBeLessThanOrEqual(1)
    expect(length).toBeGreaterThan(0.98)
    expect(summary.trust).toMatchObject({ radius: 1, length, actual: null, takenBack: false })
  })

  test('is taken back where phones say that it raised the loss, and what is measured meanwhile moves nothing', () => {
    const method = cooper(EARNED)
    method.aggregate(1, [alike([0.2, -0.2], [], 0.01)], D)
    expect(method.plan(2)).toMatchObject({ guided: true, review: true })
    const report = { ...alike([5, 5], [], 0.01), review: { value: -0.4, variance: 0.01 } }
    const { aggregate, summary } = method.aggregate(2, [report], D)
    expect(aggregate).toEqual({ guided: [], shared: [], random: [], anchor: 'return' })
    expect(summary.trust).toMatchObject({ length: 0, promised: 0, actual: { value: -0.4, error: 0.1 }, takenBack: true })
    expect(method.plan(3).review).toBe(undefined)
  })

  test('promises what the model that chose it expects of it, and phones are asked whether it kept that', () => {
    const weight = believed(8, 2) / (1 + believed(8, 2))
    const { aggregate, summary } = cooper(EARNED).aggregate(1, [alike([0.2, -0.2], [], 0.01)], D)
    const x = aggregate.guided[0]!
    expect(summary.trust!.promised).toBeCloseTo(2 * (weight * 0.2 * x - (1.03 * x * x) / 2), 12)
  })

  test('is the whole one unless it is to shrink', () => {
    const { aggregate } = cooper({ ...EARNED, shrink: false }).aggregate(1, [alike([0.2, -0.2], [], 0.002)], D)
    expect(aggregate.guided).toEqual(close([0.2 * DAMPED, -0.2 * DAMPED]))
  })

  test('is short along directions that only show noise', () => {
    const { aggregate, summary } = cooper(EARNED).aggregate(1, [alike([0.1, -0.1], [], 0.01)], D)
    expect(Math.max(...aggregate.guided.map(Math.abs))).toBeLessThan(0.05)
    expect(summary.guidedWeight).toBeLessThan(0.4)
  })

  test('counts phones by their private rows', () => {
    const phones = [
      curved({ weight: 0.75, guided: [0.4], metric: [8], noise: [0] }),
      curved({ weight: 0.25, guided: [-0.4], metric: [4], noise: [0] }),
    ]
    expect(cooper(EARNED).aggregate(1, phones, D).aggregate.guided).toEqual(close([(0.2 / 7) * DAMPED]))
  })

  test('goes to the lowest point between directions that are correlated', () => {
    const { aggregate } = cooper(EARNED).aggregate(1, [curved({ guided: [0.3, 0.1], metric: [2, 1, 3], noise: [0, 0, 0] })], D)
    const det = 2.06 * 3.09 - 1
    expect(aggregate.guided).toEqual(close([(3.09 * 0.3 - 0.1) / det, (2.06 * 0.1 - 0.3) / det]))
  })

  test('of a pool that spans nothing is none', () => {
    const { aggregate } = cooper(EARNED).aggregate(1, [curved({ metric: [], noise: [] })], D)
    expect(aggregate).toEqual({ guided: [], shared: [], random: [], anchor: 'moves' })
  })

  test('of a signal that may be noise risks 0.021 nats, and so do all steps together that nothing is proven of', () => {
    const method = cooper(EARNED)
    const half = ({ guided, shared }: UpdateByKinds): number => (1.03 * [...guided, ...shared].reduce((sum, x) => sum + x * x, 0)) / 2
    const first = method.aggregate(1, [alike([1, -1], [], 1)], D).aggregate
    expect(half(first)).toBeCloseTo(0.021, 4)
    const open = { ...alike([1, -1], [], 1), review: { value: 0.02, variance: 0.03 ** 2 } }
    const second = method.aggregate(2, [open], D).aggregate
    expect(second.anchor).toBe('stays')
    expect(half(second)).toBeLessThan(1e-9)
    const proven = { ...open, review: { value: 0.2, variance: 0.03 ** 2 } }
    expect(method.aggregate(3, [proven], D).aggregate.anchor).toBe('moves')
  })

  test('is believed in less where one phone stands for many, and may be noise to the others whatever it shows', () => {
    const among = (fleet: number | null) => {
      const report = { ...alike([0.2, -0.2], [], 0.0002), rows: 16, share: 1e-6 }
      const { aggregate, summary } = cooper(EARNED, undefined, fleet).aggregate(1, [report], D)
      return { weight: summary.guidedWeight!, half: (1.03 * aggregate.guided.reduce((sum, x) => sum + x * x, 0)) / 2 }
    }
    expect(1 - among(1_000_000).weight).toBeGreaterThan(2 * (1 - among(null).weight))
    expect(among(null).half).toBeGreaterThan(0.03)
    expect(among(1_000_000).half).toBeLessThan(0.0071)
  })
})

describe('what a source promises', () => {
  test('is the decrease expected of its step, per forward pass', () => {
    // Per direction S = q .01 / 1.03; two passes each: S w / 2 / 2.
    const q = believed(8, 2)
    const { summary } = cooper(EARNED).aggregate(1, [alike([0.2, 0.2], [], 0.01)], D)
    expect(summary.guidedEnergy).toBeCloseTo((q * 0.01 * DAMPED * (q / (1 + q))) / 4, 12)
    expect(summary).toMatchObject({ randomEnergy: null, randomWeight: null })
  })

  test('is all that was seen where batches of one row tell no noise', () => {
    const { summary } = cooper(EARNED).aggregate(1, [alike([0.2], [], 0)], D)
    expect(summary).toMatchObject({ guidedWeight: 1, guidedEnergy: expect.closeTo((0.04 * DAMPED) / 4, 12) as number })
  })

  test('is little where a round has one row, whose noise nobody knows', () => {
    const { summary } = cooper(EARNED).aggregate(1, [{ ...alike([0.2], [], 0), rows: 1 }], D)
    expect(summary.guidedWeight).toBeLessThan(0.1)
  })

  test('of random directions is told from all rounds: luck in one of them changes little', () => {
    const weightAfter = (rounds: number): number => {
      const method = cooper({ ...EARNED, guidance: 'never' })
      for (let round = 1; round < rounds; round++) method.aggregate(round, [alike([], times(10, Math.sqrt(0.013)), 0.01)], D)
      return method.aggregate(rounds, [alike([], times(10, Math.sqrt(0.04)), 0.01)], D).summary.randomWeight!
    }
    // S / n is .3, then 3 for once.
    expect(weightAfter(1)).toBeLessThan(0.75)
    expect(weightAfter(20)).toBeLessThan(0.95 * weightAfter(1))
  })
})

/** Runs a method on slopes of guided and random directions that never change; curvature 1. @returns the plans of the rounds */
function played(
  rounds: number,
  { guided, random, noise }: { guided: number; random: number; noise: number },
  options: Partial<CooperOptions> = {},
) {
  const method = cooper({ ...EARNED, ...options })
  const plans: PlanByKinds[] = []
  const sources: string[] = []
  for (let round = 1; round <= rounds; round++) {
    const { review, ...plan } = method.plan(round)
    plans.push(plan)
    // Slopes that show the true ones squared plus noise.
    const seen = (slope: number): number => Math.sqrt(slope ** 2 + noise)
    const report: PhoneScalars = alike(plan.guided ? times(8, seen(guided)) : [], times(plan.shared, seen(random)), noise)
    // Every step keeps its promise.
    const kept = review ? { ...report, review: { value: 1, variance: 1e-4 } } : report
    sources.push(method.aggregate(round, [kept], D).summary.source)
  }
  return { plans, sources }
}

const passes = ({ guided, shared }: PlanByKinds): number => 2 * ((guided ? 8 : 0) + shared)

describe('the choice', () => {
  const useless = { guided: 0, random: 0.1, noise: 0.01 }

  test('a clear subspace is followed and nothing else is measured: it costs nothing', () => {
    const { plans, sources } = played(30, { guided: 0.5, random: 0.1, noise: 0.01 })
    expect(new Set(sources)).toEqual(new Set(['guided']))
    expect(plans.every(({ guided, shared, guidance }) => guided && guidance && shared === 0)).toBe(true)
    expect(plans[0]).toEqual({ guidance: true, guided: true, random: 0, shared: 0, curvature: true })
  })

  test('a subspace far ahead, but not clear, is compared with eight random directions and then every eighth round', () => {
    const { plans } = played(24, { guided: 0.2, random: 0.01, noise: 0.01 })
    expect(plans.flatMap(({ shared }, i) => (shared > 0 ? [i + 1] : []))).toEqual([2, 3, 4, 5, 13, 21])
  })

  test('without guidance a round probes random directions alone, as one that turned to them does', () => {
    const { plans, sources } = played(12, { guided: 0.5, random: 0.1, noise: 0.01 }, { guidance: 'never' })
    expect(new Set(sources)).toEqual(new Set(['random']))
    expect(new Set(plans.map((plan) => JSON.stringify(plan)))).toEqual(new Set([JSON.stringify(played(3, useless).plans[2])]))
  })

  test('turns to random directions, all of them shared, as soon as they promise more', () => {
    const { plans, sources } = played(4, useless)
    expect(sources).toEqual(['guided', 'guided', 'random', 'random'])
    expect(plans[1]).toMatchObject({ guided: true, shared: 2 })
    expect(plans[2]).toEqual({ guidance: false, guided: false, random: 0, shared: 10, curvature: true })
  })

  test('random directions that were measured are part of the step', () => {
    const method = cooper(EARNED)
    method.aggregate(1, [alike(times(8, 0.1), [], 0.001)], D)
    const { aggregate, summary } = method.aggregate(2, [alike(times(8, 0.1), [0.3, 0.3], 0.001)], D)
    expect(summary.randomWeight).toBeGreaterThan(0.3)
    expect(aggregate.shared).toEqual(close(times(2, 0.3 * DAMPED * summary.randomWeight!)))
  })

  test('random directions that show less by chance are not left for a subspace that was not looked at since', () => {
    const method = cooper(EARNED)
    const sources = Array.from({ length: 6 }, (_, i) => {
      const { guided, shared } = method.plan(i + 1)
      // The subspace showed a little, and less than random directions did at first.
      const report = alike(guided ? times(8, 0.1095) : [], times(shared, i < 2 ? 0.2 : 0), 0.01)
      return method.aggregate(i + 1, [report], D).summary.source
    })
    expect(sources).toEqual(['guided', 'guided', 'random', 'random', 'random', 'random'])
  })

  test('random directions that only show noise are still believed in a little', () => {
    const method = cooper(EARNED)
    let weight: number | null = null
    for (let round = 1; round <= 200; round++) {
      const { shared } = method.plan(round)
      const report = alike(method.plan(round).guided ? times(8, 0.05) : [], times(shared, 0.05), 0.01)
      weight = method.aggregate(round, [report], D).summary.randomWeight
    }
    expect(weight).toBeGreaterThan(0.03)
    expect(weight).toBeLessThan(0.1)
  })

  test('looks at the subspace again after 16 rounds, then twice as rarely each time, after 64 at last, in rounds of as many passes', () => {
    const { plans, sources } = played(250, useless)
    const looks = plans.flatMap(({ guided }, i) => (guided ? [i + 1] : []))
    expect(looks).toEqual([1, 2, 18, 50, 114, 178, 242])
    expect(plans.slice(2).every((plan) => passes(plan) === 20)).toBe(true)
    expect(sources[17]).toBe('hybrid')
  })

  test('spends on a useless subspace at most one pass in twenty of a long run', () => {
    const { plans } = played(140, useless)
    const total = plans.reduce((sum, plan) => sum + passes(plan), 0)
    const random = plans.reduce((sum, { shared }) => sum + 2 * shared, 0)
    expect(total / random).toBeLessThan(1.05)
  })

  test('comes back to the subspace once it earns it', () => {
    const method = cooper(EARNED)
    const followed: string[] = []
    for (let round = 1; round <= 22; round++) {
      const { guided, shared } = method.plan(round)
      const slope = Math.sqrt(round < 18 ? 0.01 : 0.5)
      const report = alike(guided ? times(8, slope) : [], times(shared, Math.sqrt(0.02)), 0.01)
      followed.push(method.aggregate(round, [report], D).summary.source)
    }
    expect(followed.slice(2, 17)).toEqual(times(15, 0).map(() => 'random'))
    expect(followed[17]).toBe('hybrid')
    expect(followed.slice(18)).toEqual(['guided', 'guided', 'guided', 'guided'])
  })

  test('always guided: no random directions and no choice; the same without any', () => {
    for (const options of [{ guidance: 'always' }, { randomDirections: 0 }] as const) {
      const { plans, sources } = played(12, useless, options)
      expect(new Set(sources)).toEqual(new Set(['guided']))
      expect(plans.every(({ shared, guided }) => shared === 0 && guided)).toBe(true)
    }
  })

  test('hybrid: both in every round', () => {
    const { plans, sources } = played(3, useless, { mixing: 'hybrid' })
    expect(new Set(sources)).toEqual(new Set(['hybrid']))
    expect(plans.every(({ shared, guided }) => shared === 10 && guided)).toBe(true)
  })

  test('directions per class and layer are asked for wherever the subspace is probed', () => {
    const { plans } = played(3, useless, { directions: 'class-layer' })
    expect(plans[0]).toMatchObject({ guided: true, layerwise: true })
    expect(plans[2]).not.toHaveProperty('layerwise')
  })
})
