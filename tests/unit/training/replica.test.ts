import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { decodeAll, openDirection } from '#main/wire/coded-direction.ts'
import { readDirection, writeDirection } from '#main/wire/direction-frame.ts'
import type { Distribution } from '#main/training/directions/combination.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import { Replica, STATE_VECTORS } from '#main/training/replica.ts'
import type { Owner } from '#main/wire/direction.ts'
import { combine, dot, gramSchmidt, outside } from './directions/brute-force.ts'
import { alongBasis, seeded, updateBytes } from '../wire/terms.ts'
import { ADAM, type Tiny, coded, directionBytes, distance, openTiny, randomVector, replicaSpec } from './tiny.ts'

const LORA = { kind: 'lora' as const, rank: 2, alpha: 4, targets: ['query', 'value'] }

interface Update {
  readonly round: number
  readonly learningRate: number
  readonly guided: number[]
  readonly shared: number[]
  /** Per phone that took part. */
  readonly random: Readonly<Record<number, number[]>>
  readonly project: boolean
}

function frameOf({ round, learningRate, guided, shared, random, project, holds = false }: Update & { holds?: boolean }): Uint8Array {
  const projected = project ? { projected: true } : {}
  const own = Object.entries(random).flatMap(([phone, coefficients]) => seeded(Number(phone), round, coefficients, projected))
  const terms = [...alongBasis(guided), ...seeded('everybody', round, shared, projected), ...own]
  return updateBytes(round, learningRate, terms, holds ? 'stays' : 'moves')
}

/** Adam (Kingma and Ba 2015, algorithm 1) in float64, on gradients put together from whole vectors. */
class Reference {
  readonly values: Float64Array
  private readonly m: Float64Array
  private readonly v: Float64Array
  private t = 0
  private readonly tiny: Tiny
  private readonly distribution: Distribution

  constructor(tiny: Tiny, distribution: Distribution) {
    this.tiny = tiny
    this.distribution = distribution
    this.values = Float64Array.from(tiny.replica.values)
    this.m = new Float64Array(this.values.length)
    this.v = new Float64Array(this.values.length)
  }

  apply(update: Update, directions: readonly Float32Array[]): void {
    const { size } = this.tiny.layout
    const basis = gramSchmidt(directions)
    const z = (phone: Owner, index: number): Float64Array => {
      const { arena, kernels, replica } = this.tiny
      const mark = arena.mark()
      const noise = arena.floats(size).fill(0)
      const add = this.distribution === 'gaussian' ? kernels.addGaussian : kernels.addRademacher
      add(arena.offsetOf(noise), size, 1, noiseKey(replica.spec.seed, update.round, phone, index), 0)
      const copy = Float64Array.from(noise)
      arena.release(mark)
      return copy
    }
    const weights = [...update.shared, ...Object.values(update.random).flat()]
    const vectors = [
      ...update.shared.map((_, index) => z('everybody', index)),
      ...Object.entries(update.random).flatMap(([phone, own]) => own.map((_, index) => z(Number(phone), index))),
    ]
    let noise = combine(weights, vectors, size)
    if (update.project) noise = outside(noise, basis)
    const guided = combine(update.guided, basis.slice(0, update.guided.length), size)
    this.descend(
      noise.map((x, i) => x + guided[i]!),
      update.learningRate,
    )
  }

  descend(gradient: ArrayLike<number>, learningRate: number): void {
    this.t++
    for (let i = 0; i < this.values.length; i++) {
      this.m[i] = ADAM.beta1 * this.m[i]! + (1 - ADAM.beta1) * gradient[i]!
      this.v[i] = ADAM.beta2 * this.v[i]! + (1 - ADAM.beta2) * gradient[i]! ** 2
      const step = this.m[i]! / (1 - ADAM.beta1 ** this.t) / (Math.sqrt(this.v[i]! / (1 - ADAM.beta2 ** this.t)) + ADAM.epsilon)
      this.values[i] = this.values[i]! - learningRate * step
    }
  }
}

const guidedOnly: Update = { round: 1, learningRate: 0.01, guided: [0.5, -0.3], shared: [], random: { 0: [], 1: [] }, project: false }
const randomOnly: Update = {
  round: 2,
  learningRate: 0.02,
  guided: [],
  shared: [],
  random: { 0: [0.4, 0.1], 2: [-0.2, 0.7] },
  project: false,
}
const sharedToo: Update = {
  round: 3,
  learningRate: 0.005,
  guided: [0, 0.2],
  shared: [0.3, -0.6],
  random: { 1: [0.25], 5: [-0.1] },
  project: false,
}
const hybrid: Update = { round: 4, learningRate: 0.01, guided: [0.9, 0.1, -0.4], shared: [], random: { 0: [0.5], 1: [0.2] }, project: true }

describe.each(['gaussian', 'rademacher'] as const)('updates with %s noise', (distribution) => {
  test.each([
    ['guided directions only', [guidedOnly, { ...guidedOnly, round: 2, guided: [0.1, 0.2] }]],
    ['random directions only', [randomOnly, { ...randomOnly, round: 3 }]],
    ['shared random directions before those of the phones', [sharedToo, { ...sharedToo, round: 4 }]],
    ['random directions with no part in the subspace', [hybrid, { ...hybrid, round: 5 }]],
    ['one kind after another', [guidedOnly, randomOnly, sharedToo, hybrid]],
  ])('are Adam steps along the combination they name: %s', (_, updates) => {
    const tiny = openTiny(LORA, replicaSpec({ distribution }))
    const reference = new Reference(tiny, distribution)
    const directions: Float32Array[] = []
    for (const update of updates) {
      // One or two new directions a round, so that the pool of 4 fills.
      while (directions.length < Math.max(2, update.guided.length) || directions.length < update.round) {
        const direction = randomVector(tiny.layout.size, 4, directions.length)
        directions.push(decodeAll(coded(tiny.layout, direction, 4), tiny.layout.size))
        tiny.replica.receive(directionBytes(tiny.layout, direction, 4))
      }
      const before = tiny.replica.values.slice()
      // The frame carries float32 coefficients; the reference takes the same.
      const sent = { ...update, guided: update.guided.map(Math.fround), shared: update.shared.map(Math.fround) }
      tiny.replica.apply(frameOf(update))
      reference.apply(sent, directions.slice(-4))
      // A step of Adam is about the learning rate per element; 2 % of that tells every wrong term.
      expect(distance(tiny.replica.values, reference.values)).toBeLessThan(2e-5)
      expect(distance(tiny.replica.values, before)).toBeGreaterThan(update.learningRate / 4)
    }
  })
})

test('a gradient of its own is one Adam step', () => {
  const tiny = openTiny(LORA)
  const reference = new Reference(tiny, 'gaussian')
  for (let step = 0; step < 3; step++) {
    const gradient = randomVector(tiny.layout.size, 12, step)
    tiny.replica.descend(gradient, 0.01)
    reference.descend(gradient, 0.01)
    expect(distance(tiny.replica.values, reference.values)).toBeLessThan(1e-5)
  }
})

const takeBackFrame = updateBytes(3, 1, [], 'return')

describe('replicas', () => {
  const opened = (): Tiny => openTiny(LORA)
  const messages = (tiny: Tiny): ((target: Tiny) => void)[] => {
    const direction = (seed: number): Uint8Array => directionBytes(tiny.layout, randomVector(tiny.layout.size, seed), 2)
    const [first, second] = [direction(1), direction(2)]
    return [
      ({ replica }) => replica.receive(first),
      ({ replica }) => replica.apply(frameOf({ ...guidedOnly, guided: [0.5] })),
      ({ replica }) => replica.receive(second),
      ({ replica }) => replica.apply(frameOf(hybridOf(2))),
      ({ replica }) => replica.apply(frameOf(randomOnly)),
    ]
  }
  const hybridOf = (count: number): Update => ({ ...hybrid, guided: hybrid.guided.slice(0, count) })

  test('fed the same messages stay bit-identical', () => {
    const [a, b] = [opened(), opened()]
    expect(a.replica.digest()).toBe(b.replica.digest())
    for (const message of messages(a)) {
      message(a)
      message(b)
      expect(a.replica.digest()).toBe(b.replica.digest())
    }
    expect(a.replica.values).toEqual(b.replica.values)
  })

  test('differ as soon as any message differs, is missing or comes at another place', () => {
    const digestAfter = (list: ((target: Tiny) => void)[]): string => {
      const tiny = opened()
      for (const message of list) message(tiny)
      return tiny.replica.digest()
    }
    const all = messages(opened())
    const otherDirection = directionBytes(opened().layout, randomVector(opened().layout.size, 3), 2)
    const variants: ((target: Tiny) => void)[][] = [
      all,
      all.slice(0, -1),
      all.with(0, ({ replica }) => replica.receive(otherDirection)),
      all.with(1, ({ replica }) => replica.apply(frameOf({ ...guidedOnly, guided: [0.5], learningRate: 0.011 }))),
      all.with(1, ({ replica }) => replica.apply(frameOf({ ...guidedOnly, guided: [0.25] }))),
      all.with(3, ({ replica }) => replica.apply(frameOf({ ...hybridOf(2), project: false }))),
      all.with(3, ({ replica }) => replica.apply(frameOf({ ...hybridOf(2), random: { 0: [0.5], 3: [0.2] } }))),
      all.with(4, ({ replica }) => replica.apply(frameOf({ ...randomOnly, round: 9 }))),
      [all[0]!, all[1]!, all[2]!, all[4]!, all[3]!],
    ]
    const digests = variants.map(digestAfter)
    expect(new Set(digests).size).toBe(variants.length)
  })

  test('of another seed start elsewhere and draw other noise', () => {
    const [a, b] = [opened(), openTiny(LORA, replicaSpec({ seed: 8 }))]
    expect(a.replica.digest()).not.toBe(b.replica.digest())
    b.replica.values.set(a.replica.values)
    a.replica.apply(frameOf(randomOnly))
    b.replica.apply(frameOf(randomOnly))
    expect(a.replica.digest()).not.toBe(b.replica.digest())
  })

  test('a random direction without its part in the subspace is orthogonal to it', () => {
    const tiny = opened()
    const directions = [1, 2].map((seed) => decodeAll(coded(tiny.layout, randomVector(tiny.layout.size, seed), 2), tiny.layout.size))
    for (const seed of [1, 2]) tiny.replica.receive(directionBytes(tiny.layout, randomVector(tiny.layout.size, seed), 2))
    const key = noiseKey(7, 1, 0, 0)
    const z = tiny.arena.floats(tiny.layout.size).fill(0)
    tiny.kernels.addGaussian(tiny.arena.offsetOf(z), z.length, 1, key, 0)
    const direction = { kind: 'seeded', owner: 0, round: 1, index: 0 } as const
    const [free, bare] = tiny.replica.meanings([{ ...direction, projected: true }, direction])
    const [weights] = free!.pool as readonly Float64Array[]
    const found = combine([...weights!, 1], [...directions, z], z.length)
    expect(distance(found, outside(z, gramSchmidt(directions)))).toBeLessThan(1e-9)
    expect((bare!.pool as readonly Float64Array[]).flatMap((row) => Array.from(row)).every((weight) => weight === 0)).toBe(true)
  })

  test("starts from a checkpoint's classifier where it has one, else from zero bias and small weights", () => {
    const { replica, layout, model, kernels } = openTiny(LORA)
    const [weight, bias] = layout.byLayer.at(-1)!
    const stored = [weight!, bias!].map(({ name, size }) => {
      const out = new Float32Array(size)
      model.read(name, out)
      return out
    })
    const without = { holds: () => false, read: () => expect.unreachable() }
    const fresh = new Replica(layout, replica.spec, without, new Arena(Replica.bytes(layout, { poolSize: 4 })), kernels)
    expect(replica.values.slice(weight!.offset, bias!.offset)).toEqual(stored[0])
    expect(replica.values.slice(bias!.offset)).toEqual(stored[1])
    expect(fresh.values.slice(0, weight!.offset)).toEqual(replica.values.slice(0, weight!.offset))
    expect(Math.max(...fresh.values.slice(weight!.offset, bias!.offset).map(Math.abs))).toBeLessThan(5 * model.config.initializerRange)
    expect(fresh.values.slice(bias!.offset)).toEqual(new Float32Array(3))
  })

  test('a direction tells its products with those before it, which are checked as far as they are known', () => {
    const { replica, layout } = opened()
    const [first, second] = [1, 2].map((seed) => readDirection(directionBytes(layout, randomVector(layout.size, seed), 4)))
    replica.receive(writeDirection(first!))
    replica.receive(writeDirection(second!))
    const products = replica.pool.newestProducts()
    const decoded = [second!, first!].map(({ coding, payload }) =>
      decodeAll(openDirection(layout.parameters, coding, payload), layout.size),
    )
    decoded.forEach((values, k) => expect(products[k]).toBeCloseTo(dot(values, decoded[0]!), 3))
    const late = opened().replica
    late.receive(writeDirection({ ...second!, products }))
    late.receive(writeDirection(first!))
    expect(() => late.receive(writeDirection({ ...second!, products: [products[0]!, 1e6] }))).toThrow('1000000')
  })

  test('an update that is taken back leaves every bit as it was, also from a state that was saved in between', () => {
    const kept = { ...replicaSpec({ adam: null }), retractable: true }
    const [one, other] = [openTiny(LORA, kept).replica, openTiny(LORA, kept).replica]
    one.apply(frameOf({ ...randomOnly, round: 1 }))
    const before = one.digest()
    one.apply(frameOf({ ...randomOnly, round: 2 }))
    expect(one.digest()).not.toBe(before)
    const saved = one.save()
    for (const name of STATE_VECTORS) other.restorePart(name, 0, saved[name])
    other.restore(saved)
    for (const replica of [one, other]) {
      replica.apply(takeBackFrame)
      expect(replica.digest()).toBe(before)
    }
    expect(() => openTiny(LORA, replicaSpec({ adam: null })).replica.apply(takeBackFrame)).toThrow(/kept/)
  })

  test('updates that hold the point to go back to are taken back together', () => {
    const { replica } = openTiny(LORA, { ...replicaSpec({ adam: null }), retractable: true })
    replica.apply(frameOf({ ...randomOnly, round: 1 }))
    const anchor = replica.digest()
    replica.apply(frameOf({ ...randomOnly, round: 2 }))
    replica.apply(frameOf({ ...randomOnly, round: 3, holds: true }))
    replica.apply(takeBackFrame)
    expect(replica.digest()).toBe(anchor)
  })

  test('a frame cut short or of another kind is refused and changes nothing', () => {
    const { replica, layout } = opened()
    const before = replica.digest()
    const direction = directionBytes(layout, randomVector(layout.size, 1), 4)
    expect(() => replica.receive(direction.slice(0, -1))).toThrow('truncated frame')
    expect(() => replica.apply(direction)).toThrow('expected update')
    expect(() => replica.receive(frameOf(randomOnly))).toThrow('expected direction')
    expect([replica.digest(), replica.pool.count]).toEqual([before, 0])
  })
})
