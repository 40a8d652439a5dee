import { beforeAll, describe, expect, test } from 'vitest'
import { decodeAll, openDirection } from '#main/wire/coded-direction.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { unpackMeasurements } from '#main/wire/derivatives.ts'
import { basis as wholeBasis, own, shared, answerForm } from '#main/wire/direction-request.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Example, makeBatch } from '#main/training/batch.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import type { AdapterSpec } from '#main/training/adapters/block-adapter.ts'
import type { Owner } from '#main/wire/direction.ts'
import { CloudProgram } from '#main/workers/cloud-program.ts'
import { exampleAt, packExamples } from '#main/training/packed-examples.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { CloudSpec, PhoneSpec } from '#main/workers/protocol/training-spec.ts'
import { PhoneProgram, sample } from '#main/workers/phone-program.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { dot, gramSchmidt, outside } from '../training/directions/brute-force.ts'
import { kernelBytes, openTiny, relativeDistance, replicaSpec, tinyDirectory, trainableAt } from '../training/tiny.ts'
import { alongBasis, seeded, updateBytes } from '../wire/terms.ts'

const LORA = { kind: 'lora' as const, rank: 2, alpha: 4, targets: ['query', 'value'] }
const stream = new Stream(deriveKey(1, 'rows'))
/** The class is told by the first token, so there is something to learn. */
const rows = (count: number): Example[] =>
  Array.from({ length: count }, () => {
    const label = stream.below(3)
    return { ids: Int32Array.of(2, 20 + label, ...Array.from({ length: stream.below(6) }, () => 5 + stream.below(55)), 3), label }
  })
const [publicRows, testRows] = [rows(12), rows(10)]
const privateRows = [rows(9), rows(5)]

const training = { checkpoint: tinyDirectory, seed: 7, classes: 3, padId: 0, adapter: LORA, replica: replicaSpec() }
const cloudSpec: CloudSpec = {
  ...training,
  examples: packExamples(publicRows),
  test: packExamples(testRows),
  batchSize: 100,
  errorFeedback: false,
  directions: 'class',
}
const phoneSpec = (phone: number, change: Partial<PhoneSpec> = {}): PhoneSpec => ({
  ...training,
  phone,
  examples: packExamples(privateRows[phone]!),
  batchSize: 100,
  probe: 'two-point',
  probeSize: 1e-2,
  ...change,
})
const still: ProbeRequest = { round: 1, directions: [] }
const guided: ProbeRequest = { round: 1, directions: [wholeBasis()] }

/** What a phone told that was asked for this. */
const measured = (request: ProbeRequest, { frame }: ProbeReport) => unpackMeasurements(readScalars(frame).values, answerForm(request))
const silent = (): void => {}

async function cloudOf(change: Partial<CloudSpec> = {}) {
  const cloud = new CloudProgram(kernelBytes, silent)
  return { cloud, opened: await cloud.open({ ...cloudSpec, ...change }) }
}

async function phoneOf(index: number, change: Partial<PhoneSpec> = {}) {
  const phone = new PhoneProgram(kernelBytes, silent)
  return { phone, digest: await phone.open(phoneSpec(index, change)) }
}

/** d(mean loss)/d(trainable) at the start, by backpropagation outside the programs. */
async function gradientAtStart(examples: readonly Example[]): Promise<Float32Array> {
  const { model, weights, adapter, layout, replica } = openTiny(LORA)
  using backprop = await Backprop.create(model, weights, adapter, 3, 'adapter')
  const gradient = new Float32Array(layout.size)
  await backprop.gradients(makeBatch(examples, 0), trainableAt(layout, replica.values), (layer, input, values) => {
    gradient.set(values, layout.parameters.find((p) => p.layer === layer && p.input === input)!.offset)
  })
  return gradient
}

test('examples come out of a pack as they went in', () => {
  const pack = packExamples(publicRows)
  expect(publicRows.map((_, row) => exampleAt(pack, row))).toEqual(publicRows)
  expect(packExamples([]).labels.length).toBe(0)
})

test('a sample has different rows, all of them where there are not more', () => {
  for (const [bound, count] of [
    [100, 30],
    [10, 9],
    [5, 5],
    [3, 16],
  ] as const) {
    const chosen = sample(bound, count, new Stream(deriveKey(2, bound)))
    expect(new Set(chosen).size).toBe(Math.min(bound, count))
    expect(chosen.every((row) => Number.isInteger(row) && row >= 0 && row < bound)).toBe(true)
  }
  expect(sample(100, 5, new Stream([1, 2]))).toEqual(sample(100, 5, new Stream([1, 2])))
  expect(sample(100, 5, new Stream([1, 2]))).not.toEqual(sample(100, 5, new Stream([1, 3])))
})

test('phones and cloud start from the same parameters', async () => {
  const { opened } = await cloudOf()
  expect((await phoneOf(0)).digest).toBe(opened.digest)
  expect((await phoneOf(1)).digest).toBe(opened.digest)
  expect(opened).toMatchObject({ layers: 2, fresh: [], parameters: 2 * 2 * 2 * 2 * 16 + 51 })
})

test('a program that has no model yet says so', async () => {
  await expect(new PhoneProgram(kernelBytes, silent).probe(still)).rejects.toThrow('no model yet')
  await expect(new CloudProgram(kernelBytes, silent).evaluate()).rejects.toThrow('no model yet')
})

describe('guidance', () => {
  test('is the gradient of each class present, one frame each, in the order of the classes', async () => {
    const { cloud } = await cloudOf()
    const { layout } = openTiny(LORA)
    const { frames, loss, batches } = await cloud.guide(1, [32, 32, 32])
    const classes = [...new Set(publicRows.map(({ label }) => label))].toSorted()
    expect(frames.map((frame) => readDirection(frame).label)).toEqual(classes)
    for (const frame of frames) {
      const { coding, payload, label } = readDirection(frame)
      const found = decodeAll(openDirection(layout.parameters, coding, payload), layout.size)
      expect(relativeDistance(found, await gradientAtStart(publicRows.filter((row) => row.label === label)))).toBeLessThan(1e-5)
    }
    expect(batches.reduce((sum, { sequences }) => sum + sequences, 0)).toBe(publicRows.length)
    expect(loss).toBeGreaterThan(0)
  })

  test.each([1, 4, 32])('accounts for every byte of its frames, layer by layer (%i bits)', async (bits) => {
    const { cloud } = await cloudOf()
    const { frames, layerBytes } = await cloud.guide(1, [bits, bits, bits])
    expect(layerBytes.length).toBe(3)
    expect(layerBytes.reduce((sum, n) => sum + n, 0)).toBe(frames.reduce((sum, { length }) => sum + length, 0))
    // The two blocks are alike; what is no layer's travels with the lower one.
    expect(layerBytes[0]! - layerBytes[1]!).toBe(frames.reduce((sum, frame) => sum + frame.length - readDirection(frame).payload.length, 0))
  })

  test('tells the squared gradient norm of each layer', async () => {
    const { cloud } = await cloudOf()
    const { layout } = openTiny(LORA)
    const { layerSquaredNorms, frames } = await cloud.guide(1, [32, 32, 32])
    const expected = [0, 0, 0]
    for (const frame of frames) {
      const { coding, payload } = readDirection(frame)
      const values = decodeAll(openDirection(layout.parameters, coding, payload), layout.size)
      for (const { layer, offset, size } of layout.parameters)
        expected[layer]! += dot(values.subarray(offset, offset + size), values.subarray(offset, offset + size))
    }
    expect(relativeDistance(layerSquaredNorms, expected)).toBeLessThan(1e-6)
  })

  test('owes what coding lost to the next round, class by class, with error feedback', async () => {
    const [{ cloud: plain }, { cloud: feeding }] = [await cloudOf(), await cloudOf({ errorFeedback: true })]
    const bytes = (guidance: { frames: readonly Uint8Array[] }): string[] =>
      guidance.frames.map((frame) => Buffer.from(readDirection(frame).payload).toString('hex'))
    const [first, firstFed] = [await plain.guide(1, [1, 1, 1]), await feeding.guide(1, [1, 1, 1])]
    expect(bytes(firstFed)).toEqual(bytes(first))
    const [second, secondFed] = [await plain.guide(1, [1, 1, 1]), await feeding.guide(1, [1, 1, 1])]
    expect(bytes(second)).toEqual(bytes(first))
    expect(bytes(secondFed)).not.toEqual(bytes(first))
  })

  test('of the whole batch is one gradient, the mean of those of the classes by their rows', async () => {
    const { cloud } = await cloudOf({ directions: 'batch' })
    const { layout } = openTiny(LORA)
    const { frames, batches } = await cloud.guide(1, [32, 32, 32])
    expect([frames.length, batches.length, batches[0]!.sequences]).toEqual([1, 1, publicRows.length])
    const { coding, payload } = readDirection(frames[0]!)
    const found = decodeAll(openDirection(layout.parameters, coding, payload), layout.size)
    expect(relativeDistance(found, await gradientAtStart(publicRows))).toBeLessThan(1e-5)
  })

  test('refuses bits it has no code for', async () => {
    const { cloud } = await cloudOf()
    await expect(cloud.guide(1, [4, 5, 4])).rejects.toThrow("layer 1 can't be coded in 5 bits")
  })
})

describe('a probe', () => {
  let frames: readonly Uint8Array[]
  let basis: Float64Array[]
  let gradient: Float32Array
  beforeAll(async () => {
    frames = (await (await cloudOf()).cloud.guide(1, [4, 4, 4])).frames
    const { layout } = openTiny(LORA)
    basis = gramSchmidt(
      frames.map((frame) => {
        const { coding, payload } = readDirection(frame)
        return decodeAll(openDirection(layout.parameters, coding, payload), layout.size)
      }),
    )
    gradient = await gradientAtStart(privateRows[0]!)
  })

  test('along the guided directions gives the derivative of the private loss along each of the basis', async () => {
    const { phone } = await phoneOf(0)
    for (const frame of frames) phone.receive(frame)
    const report = await phone.probe(guided)
    const { phone: index, lossMean } = readScalars(report.frame)
    const values = measured(guided, report).estimates.map(({ value }) => value)
    const [batch] = report.batches
    expect([index, values.length, batch!.forwardPasses]).toEqual([0, basis.length, 2 * basis.length])
    values.forEach((value, k) => expect(Math.abs(value - dot(basis[k]!, gradient))).toBeLessThan(2e-3))
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.05)
    expect(lossMean).toBeGreaterThan(0)
    expect(batch!.tokens).toBe(Math.max(...privateRows[0]!.map(({ ids }) => ids.length)))
    expect(batch!.sequences).toBe(privateRows[0]!.length)
  })

  test('gives guided, then shared, then its own random derivatives, each of the direction its key names', async () => {
    const { phone } = await phoneOf(0, { probeSize: 1e-3 })
    for (const frame of frames) phone.receive(frame)
    const { arena, kernels, layout } = openTiny(LORA)
    const z = (owner: Owner, index: number): Float32Array => {
      const noise = arena.floats(layout.size).fill(0)
      kernels.addGaussian(arena.offsetOf(noise), layout.size, 1, noiseKey(7, 3, owner, index), 0)
      return noise
    }
    const random = [z('everybody', 0), z('everybody', 1), z(0, 0), z(0, 1)]
    for (const project of [false, true]) {
      const modifiers = project ? { projected: true } : {}
      const request = { round: 3, directions: [wholeBasis(), shared(2, modifiers), own(2, modifiers)] }
      const values = measured(request, await phone.probe(request)).estimates.map(({ value }) => value)
      expect(values.length).toBe(basis.length + 4)
      random.forEach((noise, i) => {
        const expected = dot(project ? outside(noise, basis) : noise, gradient)
        // Directions about 13 long: the curvature shows at the step of 1e-3.
        expect(Math.abs(values[basis.length + i]! - expected)).toBeLessThan(0.02 + 0.02 * Math.abs(expected))
      })
    }
  })

  test('leaves the parameters alone, and is the same asked again', async () => {
    const { phone } = await phoneOf(1)
    for (const frame of frames) phone.receive(frame)
    const request = { round: 2, directions: [wholeBasis(), shared(1, { projected: true }), own(3, { projected: true })] }
    expect((await phone.probe(request)).frame).toEqual((await phone.probe(request)).frame)
  })

  test('takes other rows in another round where there are more than a batch', async () => {
    const { phone } = await phoneOf(0, { batchSize: 3 })
    const losses = new Set<number>()
    for (let round = 1; round <= 6; round++) losses.add(readScalars((await phone.probe({ round, directions: [own(1)] })).frame).lossMean)
    expect(losses.size).toBeGreaterThan(3)
  })

  test('by forward-mode differentiation gives the derivatives exactly, for fewer passes', async () => {
    const { phone } = await phoneOf(0, { probe: 'jvp' })
    for (const frame of frames) phone.receive(frame)
    const request = { round: 1, directions: [wholeBasis(), own(6)] }
    const report = await phone.probe(request)
    const { frame, batches } = report
    const { forwardPasses } = batches[0]!
    const { estimates } = measured(request, report)
    expect(estimates.length).toBe(basis.length + 6)
    basis.forEach((u, k) => expect(Math.abs(estimates[k]!.value - dot(u, gradient))).toBeLessThan(1e-5))
    const probed = basis.length + 6
    expect(forwardPasses).toBeGreaterThan(1 + 0.7 * probed)
    expect(forwardPasses).toBeLessThan(1 + 1.2 * probed)
    expect(Number.isInteger(64 * forwardPasses)).toBe(true)
    const { phone: other } = await phoneOf(0, { probeSize: 1e-4 })
    for (const bytes of frames) other.receive(bytes)
    const twoPoint = readScalars((await other.probe(request)).frame)
    expect(readScalars(frame).lossMean).toBeCloseTo(twoPoint.lossMean, 5)
  })

  test('tells how the loss bends between the directions, and their covariance, from the same passes', async () => {
    const asked = { round: 1, directions: [wholeBasis(), shared(2)] }
    const answers = []
    for (const probe of ['two-point', 'jvp'] as const) {
      const { phone } = await phoneOf(0, { probe, probeSize: 1e-3 })
      for (const frame of frames) phone.receive(frame)
      const plain = await phone.probe(asked)
      const curved = await phone.probe({ ...asked, curvature: true })
      expect(curved.batches).toEqual(plain.batches)
      const { estimates } = measured(asked, plain)
      const answer = measured({ ...asked, curvature: true }, curved)
      // The variances are the diagonal of the covariance.
      expect(answer.estimates.length).toBe(basis.length + 2)
      answer.estimates.forEach(({ value, variance }, k) => {
        expect(value).toBe(estimates[k]!.value)
        expect(variance).toBeCloseTo(estimates[k]!.variance, 5)
      })
      answers.push(answer)
    }
    const [twoPoint, exact] = answers.map(({ curvature }) => curvature)
    const size = Math.max(...exact!.metric.map(Math.abs))
    twoPoint!.metric.forEach((entry, i) => expect(Math.abs(entry - exact!.metric[i]!)).toBeLessThan(0.02 * size))
    expect(size).toBeGreaterThan(0)
  })

  test.each(['two-point', 'jvp'] as const)('tells by how much the last update lowered the loss of its new rows (%s)', async (probe) => {
    const replica = { ...replicaSpec({ adam: null }), retractable: true }
    const step = updateBytes(1, 0.05, seeded('everybody', 1, [0.3]))
    const [{ phone: moved }, { phone: resting }] = [await phoneOf(0, { probe, replica }), await phoneOf(0, { probe, replica })]
    const lossOf = async (phone: PhoneProgram): Promise<number> => readScalars((await phone.probe({ ...still, round: 2 })).frame).lossMean
    moved.apply(step)
    const expected = (await lossOf(resting)) - (await lossOf(moved))
    expect(Math.abs(expected)).toBeGreaterThan(1e-3)
    const request = { round: 2, directions: [shared(2)], curvature: true, review: true }
    const report = await moved.probe(request)
    const { batches } = report
    const { review, estimates } = measured(request, report)
    expect(review!.value).toBeCloseTo(expected, 5)
    expect(review!.variance).toBeGreaterThan(0)
    const unreviewed = { ...request, review: false }
    expect(estimates).toEqual(measured(unreviewed, await moved.probe(unreviewed)).estimates)
    // Random directions are long, so the loss at the parameters themselves is a pass of its own.
    expect(batches.at(-1)!.forwardPasses).toBeCloseTo(probe === 'jvp' ? 1 : 2, 1)
    expect(await lossOf(moved)).toBeCloseTo((await lossOf(resting)) - expected, 6)
  })

  test.each(['two-point', 'jvp'] as const)('where no direction is left still tells the loss (%s)', async (probe) => {
    const { phone } = await phoneOf(0, { probe })
    const report = await phone.probe(guided)
    const { values, lossMean } = readScalars(report.frame)
    expect(values.length).toBe(0)
    expect(lossMean).toBeGreaterThan(0)
    expect(report.batches.map(({ forwardPasses }) => forwardPasses)).toEqual([1])
  })
})

describe('rounds of phones and cloud', () => {
  /** Plain guided rounds: the mean of what the phones measured, applied by everybody. */
  async function rounds(
    count: number,
    adapter: AdapterSpec = LORA,
  ): Promise<{ digests: string[][]; losses: number[]; messages: { kind: 'direction' | 'update'; bytes: Uint8Array }[] }> {
    const { cloud } = await cloudOf({ adapter })
    const phones = [(await phoneOf(0, { adapter })).phone, (await phoneOf(1, { adapter })).phone]
    const digests: string[][] = []
    const losses: number[] = []
    const messages: { kind: 'direction' | 'update'; bytes: Uint8Array }[] = []
    for (let round = 1; round <= count; round++) {
      for (const bytes of (await cloud.guide(round, [4, 4, 4])).frames) {
        messages.push({ kind: 'direction', bytes })
        for (const phone of phones) phone.receive(bytes)
      }
      const answers: ProbeReport[] = []
      for (const phone of phones) answers.push(await phone.probe({ ...guided, round }))
      const [here, there] = answers.map(({ frame }) => readScalars(frame).lossMean)
      losses.push((here! + there!) / 2)
      const [first, second] = answers.map((answer) => measured(guided, answer).estimates)
      const coefficients = first!.map(({ value }, k) => (value + second![k]!.value) / 2)
      const bytes = updateBytes(round, 0.02, alongBasis(coefficients))
      messages.push({ kind: 'update', bytes })
      digests.push([cloud.apply(bytes), ...phones.map((phone) => phone.apply(bytes))])
    }
    return { digests, losses, messages }
  }

  test.each([LORA, { kind: 'bitfit' }, { kind: 'bottleneck', size: 2 }] as const)(
    'keep all replicas bit-identical and lower the private loss ($kind)',
    async (adapter) => {
      const { digests, losses } = await rounds(12, adapter)
      for (const each of digests) expect(new Set(each).size).toBe(1)
      expect(new Set(digests.map(([digest]) => digest)).size).toBe(12)
      expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.1)
    },
  )

  test('can be caught up with from the messages alone', async () => {
    const { digests, messages } = await rounds(4)
    const { phone } = await phoneOf(1)
    let digest = ''
    for (const { kind, bytes } of messages) {
      if (kind === 'direction') phone.receive(bytes)
      else digest = phone.apply(bytes)
    }
    expect(digest).toBe(digests.at(-1)![0])
  })

  test('of the cloud alone lower its loss', async () => {
    const { cloud, opened } = await cloudOf({ replica: replicaSpec({ poolSize: 0 }) })
    const before = await cloud.evaluate()
    const steps = []
    for (let round = 1; round <= 12; round++) steps.push(await cloud.step(round, 0.02))
    expect(steps.at(-1)!.loss).toBeLessThan(steps[0]!.loss - 0.1)
    expect(steps[0]!.digest).not.toBe(opened.digest)
    expect((await cloud.evaluate()).loss).not.toBe(before.loss)
    expect(before.rows).toBe(testRows.length)
  })
})
