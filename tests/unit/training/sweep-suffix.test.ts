import { describe, expect, test } from 'vitest'
import { makeBatch } from '#main/training/batch.ts'
import { type Combination, lowestLayer } from '#main/training/directions/combination.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import { type ProbePoint, Sweep } from '#main/training/sweep.ts'
import type { SweepBudget } from '#main/training/sweep-plan.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { ADAPTERS, type Tiny, directionBytes, distance, openTiny, randomVector, recordedRows } from './tiny.ts'

const LORA = { kind: 'lora' as const, rank: 2, alpha: 4, targets: ['query', 'value'] }
const SMALL: SweepBudget = { activationBytes: 1, stateBytes: 1 }
const MIDDLE: SweepBudget = { activationBytes: 1 << 13, stateBytes: 1 << 14 }
const batch = makeBatch(recordedRows, 0)

/** Off zero, where an adapter would be nothing, and two directions in the pool. */
function opened(spec: Parameters<typeof openTiny>[0]): Tiny {
  const tiny = openTiny(spec)
  tiny.replica.values.set(randomVector(tiny.layout.size, 5).map((x) => 0.2 * x))
  for (let j = 0; j < 2; j++) tiny.replica.receive(directionBytes(tiny.layout, randomVector(tiny.layout.size, 6, j)))
  return tiny
}

/** Blocks of the recorded model, and one for the head. */
const LAYERS = 3

/** A combination that moves some layers alone, and the one through all layers of which it is that part. */
interface Confined extends Combination {
  readonly first: number
  readonly last: number
  readonly everywhere: Combination
}

/** Directions of the pool, weighted in the layers from `first` to `last`; each `index` weights them otherwise. */
function within(first: number, last: number, index: number): Confined {
  const weights = Float64Array.of(0.6 - 0.1 * index, -0.3 + 0.2 * index)
  const zero = new Float64Array(weights.length)
  const pool = Array.from({ length: LAYERS }, (_, layer) => (layer >= first && layer <= last ? weights : zero))
  return { pool, noise: [], first, last, everywhere: { pool: weights, noise: [] } }
}

/** The pool's directions with noise, which moves all layers. */
function through(index: number): Confined {
  const everywhere = { pool: Float64Array.of(0.4, -0.3), noise: [{ key: noiseKey(1, 1, 0, index), weight: 0.5 }] }
  return { ...everywhere, first: 0, last: LAYERS - 1, everywhere }
}

interface Point extends ProbePoint {
  readonly direction: Confined | null
}

/** theta + scale * direction, by adding the combination through all layers and keeping only what lies in the layers of `direction`. */
function moved({ layout, replica, arena }: Tiny, { direction, scale }: Point): Float32Array {
  const values = new Float32Array(replica.values)
  if (!direction) return values
  const { first, last, everywhere } = direction
  layout.byLayer.forEach((parameters, layer) => {
    replica.combiner.beginLayer(layer)
    for (const parameter of parameters) {
      if (layer < first || layer > last) continue
      const mark = arena.mark()
      const target = arena.floats(parameter.size).fill(0)
      replica.combiner.add(everywhere, parameter, target, 1)
      target.forEach((x, i) => (values[parameter.offset + i] = values[parameter.offset + i]! + scale * x))
      arena.release(mark)
    }
  })
  return values
}

async function openSweep({ model, weights, layout, adapter, arena }: Tiny, budget?: SweepBudget): Promise<Sweep> {
  return Sweep.create(model, weights, layout, adapter, 3, arena, budget)
}

const NOTHING: Combination = { pool: new Float64Array(2), noise: [] }
const NOWHERE: Confined = { ...NOTHING, first: 0, last: LAYERS - 1, everywhere: NOTHING }

/** Every range of layers in both signs, whole directions and points that rest between them, in no order. */
const MIXED: readonly Point[] = [
  { direction: within(2, 2, 0), scale: 0.05 },
  { direction: within(0, 0, 1), scale: -0.05 },
  { direction: null, scale: 0 },
  { direction: within(1, 1, 2), scale: 0.05 },
  { direction: within(1, 2, 3), scale: 0.05 },
  { direction: within(1, 1, 2), scale: -0.05 },
  { direction: within(0, 2, 4), scale: 0.05 },
  { direction: through(7), scale: 0.05 },
  { direction: within(0, 2, 5), scale: -0.05 },
  { direction: within(1, 1, 5), scale: 0 },
  { direction: within(2, 2, 0), scale: -0.05 },
  { direction: within(0, 1, 6), scale: 0.05 },
  { direction: NOWHERE, scale: 0.05 },
]

describe('points that rest in lower layers', () => {
  test.each(ADAPTERS)('get in one sweep what a full pass at each gives (%s)', async (_, spec) => {
    const tiny = opened(spec)
    using full = await openSweep(tiny)
    for (const budget of [undefined, MIDDLE, SMALL]) {
      using sweep = await openSweep(tiny, budget)
      const { losses, logits } = await sweep.run(batch, tiny.replica.values, MIXED, tiny.replica.combiner)
      for (const [p, point] of MIXED.entries()) {
        const alone = await full.run(batch, moved(tiny, point), [{ direction: null, scale: 0 }], tiny.replica.combiner)
        const rows = batch.sequences
        expect(distance(losses.subarray(p * rows, (p + 1) * rows), alone.losses)).toBeLessThan(2e-5)
        expect(distance(logits.subarray(p * rows * 3, (p + 1) * rows * 3), alone.logits)).toBeLessThan(2e-5)
      }
      const first = (p: number): number => losses[p * batch.sequences]!
      // Confined to the head all adapters move; what moves nothing is as the parameters themselves.
      expect(Math.abs(first(0) - first(2))).toBeGreaterThan(1e-4)
      expect([first(9), first(12)]).toEqual([first(2), first(2)])
    }
  })

  test('alone in each layer get what the full pass gives', async () => {
    const tiny = opened(LORA)
    using sweep = await openSweep(tiny)
    const losses: number[] = []
    for (const layer of [0, 1, 2]) {
      const point = { direction: within(layer, layer, layer), scale: 0.1 }
      const suffix = await sweep.run(batch, tiny.replica.values, [point], tiny.replica.combiner)
      const whole = await sweep.run(batch, moved(tiny, point), [{ direction: null, scale: 0 }], tiny.replica.combiner)
      expect(distance(suffix.logits, whole.logits)).toBeLessThan(1e-5)
      losses.push(suffix.losses[0]!)
    }
    expect(new Set(losses).size).toBe(3)
  })

  test('cost what is computed for them: a shared row up to where they join, their own from there', async () => {
    const tiny = opened(LORA)
    using sweep = await openSweep(tiny)
    const still: ProbePoint = { direction: null, scale: 0 }
    const at = (layer: number, index = 0): ProbePoint => ({ direction: within(layer, layer, index), scale: 0.1 })
    const cost = (...points: ProbePoint[]): number => sweep.forwardPasses(batch, points)
    expect(cost(still)).toBeCloseTo(1, 12)
    expect(cost(at(0), at(0))).toBeCloseTo(2, 12)
    expect(cost(at(1))).toBeCloseTo(1, 12)
    // 2 blocks and the head: one row in the first block, n in the second, n in the head.
    const head = cost(still, still) - 1
    const block = (1 - head) / 2
    expect(head).toBeGreaterThan(0)
    expect(cost(at(1), at(1, 1), at(1, 2))).toBeCloseTo(block + 3 * block + 3 * head, 12)
    expect(cost(at(0), at(1), at(2))).toBeCloseTo(2 * block + 3 * block + 3 * head, 12)
    // Groups of one point share nothing.
    using apart = await openSweep(tiny, SMALL)
    expect(apart.forwardPasses(batch, [at(1), at(1, 1), still])).toBeCloseTo(3, 12)
  })
})

describe('tangents that rest in lower layers', () => {
  const directions = MIXED.flatMap(({ direction }) => (direction ? [direction] : []))

  test.each(ADAPTERS.filter(([name]) => !name.startsWith('LoRA on the') && name !== 'bottleneck'))(
    'are what two-point probes of a full pass come to, under small budgets (%s)',
    async (_, spec) => {
      const tiny = opened(spec)
      const { model, weights, layout, adapter, arena, replica } = tiny
      using full = await openSweep(tiny)
      const step = 3e-3
      const slopes: Float32Array[] = []
      for (const direction of directions) {
        const ahead = await full.run(batch, moved(tiny, { direction, scale: step }), [{ direction: null, scale: 0 }], replica.combiner)
        const back = await full.run(batch, moved(tiny, { direction, scale: -step }), [{ direction: null, scale: 0 }], replica.combiner)
        slopes.push(ahead.losses.map((loss, n) => (loss - back.losses[n]!) / (2 * step)))
      }
      for (const budget of [MIDDLE, SMALL]) {
        using sweep = await TangentSweep.create(model, weights, layout, adapter, 3, arena, budget)
        const { losses, derivatives } = await sweep.run(batch, replica.values, directions, replica.combiner)
        const still = await full.run(batch, replica.values, [{ direction: null, scale: 0 }], replica.combiner)
        expect(distance(losses, still.losses)).toBeLessThan(1e-5)
        derivatives.forEach((own, k) => expect(distance(own, slopes[k]!)).toBeLessThan(5e-3))
        expect(Math.max(...derivatives.map((own) => Math.abs(own[0]!)))).toBeGreaterThan(0.05)
      }
    },
  )
})

test('a combination begins in the lowest layer that has something to move', () => {
  const { layout } = openTiny(LORA)
  const bare = openTiny(null).layout
  expect(lowestLayer(layout, within(0, 2, 0))).toBe(0)
  expect(lowestLayer(layout, within(1, 1, 0))).toBe(1)
  expect(lowestLayer(bare, within(0, 2, 0))).toBe(2)
  expect(lowestLayer(bare, within(0, 1, 0))).toBe(null)
  expect(lowestLayer(layout, through(0))).toBe(0)
  expect(lowestLayer(bare, through(0))).toBe(2)
  const zero = new Float64Array(2)
  expect(lowestLayer(layout, { pool: [zero, Float64Array.of(0, 1), zero], noise: [] })).toBe(1)
  expect(lowestLayer(layout, { pool: zero, noise: [] })).toBe(null)
})
