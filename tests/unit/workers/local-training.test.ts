/** What a phone does between two rounds, against gradients by backpropagation and steps taken by hand. */
import { describe, expect, test } from 'vitest'
import { decodeAll, openDirection } from '#main/wire/coded-direction.ts'
import { drawn, own, shared } from '#main/wire/direction-request.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Example, makeBatch } from '#main/training/batch.ts'
import { noiseKey, seedKey } from '#main/training/directions/meaning.ts'
import type { Term } from '#main/wire/direction.ts'
import { packExamples } from '#main/training/packed-examples.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import { PhoneProgram } from '#main/workers/phone-program.ts'
import { type Key, Stream, deriveKey } from '#shared/random/counter.ts'
import { dot } from '../training/directions/brute-force.ts'
import {
  directionBytes,
  kernelBytes,
  openTiny,
  randomVector,
  relativeDistance,
  replicaSpec,
  tinyDirectory,
  trainableAt,
} from '../training/tiny.ts'
import { fromSet, received, seeded, updateBytes } from '../wire/terms.ts'

const LORA = { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] } as const
const SEED = 7
const stream = new Stream(deriveKey(1, 'rows'))
const rows = Array.from({ length: 9 }, (): Example => {
  const label = stream.below(3)
  return { ids: Int32Array.of(2, 20 + label, ...Array.from({ length: stream.below(6) }, () => 5 + stream.below(55)), 3), label }
})
const tiny = openTiny(LORA)
const { layout, arena, kernels } = tiny
const start = tiny.replica.values.slice()
const backprop = await Backprop.create(tiny.model, tiny.weights, tiny.adapter, 3, 'adapter')

const phoneSpec: PhoneSpec = {
  checkpoint: tinyDirectory,
  seed: SEED,
  classes: 3,
  padId: 0,
  adapter: LORA,
  replica: replicaSpec({ adam: null }),
  phone: 4,
  examples: packExamples(rows),
  // All rows, so that every step has the same batch.
  batchSize: 100,
  probe: 'jvp',
  probeSize: 1e-2,
}
const asked = (...directions: ProbeRequest['directions']): ProbeRequest => ({ round: 3, directions })

async function phoneOf(change: Partial<PhoneSpec> = {}): Promise<PhoneProgram> {
  const phone = new PhoneProgram(kernelBytes, () => {})
  await phone.open({ ...phoneSpec, ...change })
  return phone
}

const update = (learningRate: number, terms: readonly Term[] = []): Uint8Array => updateBytes(3, learningRate, terms)

function noise(key: Key): Float32Array {
  const mark = arena.mark()
  const z = arena.floats(layout.size).fill(0)
  kernels.addGaussian(arena.offsetOf(z), layout.size, 1, key, 0)
  const copy = z.slice()
  arena.release(mark)
  return copy
}

async function gradientAt(values: Float32Array): Promise<Float32Array> {
  const gradient = new Float32Array(layout.size)
  await backprop.gradients(makeBatch(rows, 0), trainableAt(layout, values), (layer, input, tensor) => {
    gradient.set(tensor, layout.parameters.find((p) => p.layer === layer && p.input === input)!.offset)
  })
  return gradient
}

const moved = (values: Float32Array, along: Float32Array, scale: number): Float32Array => values.map((x, i) => x + scale * along[i]!)

/** Digest of the parameters as they are: a step of length 0. */
const digestOf = (phone: PhoneProgram): string => phone.apply(update(0))

describe('local steps by forward passes', () => {
  const eta = 0.02

  test('measure each part of the directions where the parts before led to', async () => {
    const phone = await phoneOf()
    const { frame, batches } = await phone.probe({ ...asked(shared(4)), local: { steps: 2, learningRate: eta } })
    const z = [0, 1, 2, 3].map((index) => noise(noiseKey(SEED, 3, 'everybody', index)))
    const first = await gradientAt(start)
    const expected = [dot(z[0]!, first), dot(z[1]!, first)]
    let there: Float32Array = start
    for (const k of [0, 1]) there = moved(there, z[k]!, (-eta * expected[k]!) / 2)
    const second = await gradientAt(there)
    expected.push(dot(z[2]!, second), dot(z[3]!, second))
    const { values } = readScalars(frame)
    expect(relativeDistance(values, expected)).toBeLessThan(1e-4)
    // The move is seen: from the start the later ones would be others.
    expect(relativeDistance(values.subarray(2), [dot(z[2]!, first), dot(z[3]!, first)])).toBeGreaterThan(0.01)
    expect(batches.length).toBe(2)
  })

  test('leave the parameters as they were, to the last bit', async () => {
    for (const probe of ['jvp', 'two-point'] as const) {
      const phone = await phoneOf({ probe })
      const before = digestOf(phone)
      const request = { ...asked(own(6)), local: { steps: 3, learningRate: 0.1 } }
      const once = await phone.probe(request)
      expect(digestOf(phone)).toBe(before)
      expect((await phone.probe(request)).frame).toEqual(once.frame)
    }
  })

  test('take other rows in each step where there are more than a batch', async () => {
    const phone = await phoneOf({ batchSize: 2 })
    const { frame } = await phone.probe({ ...asked(drawn(4, 1)), local: { steps: 4, learningRate: 1e-9 } })
    // One direction and no move to speak of: only the rows differ.
    const values = Array.from(readScalars(frame).values.subarray(0, 4))
    expect(new Set(values.map((x) => x.toFixed(3))).size).toBeGreaterThan(1)
  })

  test('along directions of the fixed set are told with their seeds, and lead to where the update of one phone leads', async () => {
    const phone = await phoneOf()
    const steps = { steps: 5, learningRate: eta }
    const { values } = readScalars((await phone.probe({ ...asked(drawn(5, 3)), local: steps })).frame)
    const [scalars, seeds] = [values.subarray(0, 5), values.subarray(5)]
    expect(seeds.length).toBe(5)
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 3)).toBe(true)
    let there: Float32Array = start
    for (const [s, seed] of seeds.entries()) {
      const z = noise(seedKey(SEED, seed))
      expect(Math.abs(scalars[s]! - dot(z, await gradientAt(there)))).toBeLessThan(1e-3)
      there = moved(there, z, -eta * scalars[s]!)
    }
    const { replica } = openTiny(LORA, replicaSpec({ adam: null }))
    replica.apply(update(eta, fromSet(Array.from(seeds), scalars)))
    expect(relativeDistance(replica.values, there)).toBeLessThan(1e-6)
  })
})

describe('local steps by backpropagation', () => {
  const request = { round: 3, steps: 3, learningRate: 0.2, bits: 32 }
  const differenceOf = (bytes: Uint8Array): Float32Array => {
    const { coding, payload } = readDirection(bytes)
    return decodeAll(openDirection(layout.parameters, coding, payload), layout.size)
  }

  test('tell what plain gradient steps change, and leave the parameters as they were', async () => {
    const phone = await phoneOf({ probe: 'backprop' })
    const before = digestOf(phone)
    const { difference, batches, frame } = await phone.train(request)
    let there: Float32Array = start
    for (let step = 0; step < 3; step++) there = moved(there, await gradientAt(there), -0.2)
    const expected = there.map((x, i) => x - start[i]!)
    expect(relativeDistance(differenceOf(difference!), expected)).toBeLessThan(1e-4)
    expect(digestOf(phone)).toBe(before)
    expect(batches.length).toBe(3)
    for (const { forwardPasses } of batches) expect(forwardPasses).toBeGreaterThan(1.8)
    expect(readScalars(frame).phone).toBe(4)
    expect(readDirection(difference!).label).toBe(4)
  })

  test('are coded in as few bits as asked', async () => {
    const phone = await phoneOf({ probe: 'backprop' })
    const [wide, narrow] = [await phone.train(request), await phone.train({ ...request, bits: 4 })]
    expect(narrow.difference!.length).toBeLessThan(wide.difference!.length / 2)
    expect(relativeDistance(differenceOf(narrow.difference!), differenceOf(wide.difference!))).toBeLessThan(0.2)
  })

  test('that lead out of the numbers send no difference', async () => {
    const phone = await phoneOf({ probe: 'backprop' })
    const before = digestOf(phone)
    expect((await phone.train({ ...request, learningRate: 1e38 })).difference).toBeNull()
    expect(digestOf(phone)).toBe(before)
  })

  test('are refused by a phone that was opened to probe, and probes by one that was opened to train', async () => {
    await expect((await phoneOf()).train(request)).rejects.toThrow('opened to probe')
    await expect((await phoneOf({ probe: 'backprop' })).probe(asked())).rejects.toThrow('opened to train')
  })
})

test('a random direction with a mixture is probed together with normal multiples of what the cloud sent', async () => {
  const phone = await phoneOf()
  const sent = [randomVector(layout.size, 1), randomVector(layout.size, 2)]
  for (const direction of sent) phone.receive(directionBytes(layout, direction))
  const gradient = await gradientAt(start)
  const [g1, g2] = sent.map((direction) => dot(direction, gradient)) as [number, number]
  const { values } = readScalars((await phone.probe(asked(own(2, { mixture: true })))).frame)
  values.forEach((value, index) => {
    const alphas = new Stream(deriveKey(SEED, 'mixture', 3, 4, index))
    const guided = alphas.normal() * g1 + alphas.normal() * g2
    const expected = guided + dot(noise(noiseKey(SEED, 3, 4, index)), gradient)
    expect(Math.abs(value - expected)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)))
  })
})

describe('directions like the last update', () => {
  const candidates = 4
  const keyOf = (index: number): Key => noiseKey(SEED, 3, 4, index)

  /** By brute force, which of a direction's candidates has the largest cosine with `last`. */
  function best(index: number, last: Float32Array): Key {
    const keys = Array.from({ length: candidates }, (_, c) => keyOf(index * candidates + c))
    const cosine = (key: Key): number => {
      const z = noise(key)
      return Math.abs(dot(z, last)) / Math.sqrt(dot(z, z) * dot(last, last))
    }
    return keys.reduce((a, b) => (cosine(b) > cosine(a) ? b : a))
  }

  test('are the first of their candidates before there was one', async () => {
    const phone = await phoneOf()
    const gradient = await gradientAt(start)
    const { values } = readScalars((await phone.probe(asked(own(3, { candidates })))).frame)
    values.forEach((value, index) => expect(Math.abs(value - dot(noise(keyOf(index * candidates)), gradient))).toBeLessThan(1e-3))
  })

  test('are those of the largest cosine, also where a phone is asked for more of them', async () => {
    const phone = await phoneOf()
    phone.apply(update(1e-9, seeded('everybody', 3, [0.3, -0.8])))
    const [a, b] = [noise(noiseKey(SEED, 3, 'everybody', 0)), noise(noiseKey(SEED, 3, 'everybody', 1))]
    const last = a.map((x, i) => 0.3 * x - 0.8 * b[i]!)
    const gradient = await gradientAt(start)
    const answers = [await phone.probe(asked(own(3, { candidates }))), await phone.probe(asked(own(3, { candidates }, 3)))]
    const values = answers.flatMap(({ frame }) => Array.from(readScalars(frame).values))
    const keys = values.map((_, index) => best(index, last))
    expect(keys.some((key, index) => key !== keyOf(index * candidates))).toBe(true)
    values.forEach((value, index) => expect(Math.abs(value - dot(noise(keys[index]!), gradient))).toBeLessThan(1e-3))
  })

  test('are the same ones when an update names them', () => {
    const { replica } = openTiny(LORA, replicaSpec({ adam: null }))
    replica.apply(update(0, seeded('everybody', 3, [1])))
    const last = noise(noiseKey(SEED, 3, 'everybody', 0))
    replica.apply(update(1, seeded(4, 3, [0.5, -0.25], { candidates })))
    const [a, b] = [noise(best(0, last)), noise(best(1, last))]
    expect(relativeDistance(replica.values, moved(moved(start, a, -0.5), b, 0.25))).toBeLessThan(1e-6)
  })
})

describe('a plain step', () => {
  test('is the learning rate times the gradient, with no memory', () => {
    const { replica } = openTiny(LORA, replicaSpec({ adam: null }))
    const z = noise(noiseKey(SEED, 3, 'everybody', 0))
    for (const coefficient of [0.5, 0.25]) replica.apply(update(0.1, seeded('everybody', 3, [coefficient])))
    expect(relativeDistance(replica.values, moved(start, z, -0.075))).toBeLessThan(1e-6)
  })

  test('along directions as they came, newest first', () => {
    const { replica } = openTiny(LORA, replicaSpec({ adam: null }))
    const sent = [1, 2, 3].map((seed) => randomVector(layout.size, seed))
    for (const direction of sent) replica.receive(directionBytes(layout, direction))
    replica.apply(update(1, received([0.5, 0, -2])))
    expect(relativeDistance(replica.values, moved(moved(start, sent[2]!, -0.5), sent[0]!, 2))).toBeLessThan(1e-6)
  })
})
