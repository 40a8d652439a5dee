import { expect, test } from 'vitest'
import { compression as text } from '#renderer/text/compression-view.ts'
import type { BitsReason } from '#shared/events/bits-choice.ts'
import { compressionFigures, compressionModel, linkOf, neighbourCell } from '#renderer/charts/compression/compression-model.ts'

function reason(layer: number, bits: number, more: Partial<BitsReason> = {}): BitsReason {
  const none = { estimateBitsPerSecond: null, needSeconds: null, deadlineSeconds: null, arrivalSeconds: null }
  return {
    layer,
    bits,
    previousBits: null,
    bytes: 0,
    candidates: [],
    sensitivity: 1,
    binding: false,
    missed: false,
    words: '',
    ...none,
    ...more,
  }
}

const first = { round: 1, bits: [4, 8], layerBytes: [100, 50], reasons: null, links: null }
const unguided = { round: 2, bits: [], layerBytes: [], reasons: null, links: null }
const third = { round: 3, bits: [2, 16], layerBytes: [60, 90], reasons: null, links: null }

test('rounds without guidance have no cells, and the map goes on to the last round', () => {
  const model = compressionModel([first, unguided, third])
  expect(model.cells.map(({ round, layer, bits }) => [round, layer, bits])).toStrictEqual([
    [1, 0, 4],
    [1, 1, 8],
    [3, 0, 2],
    [3, 1, 16],
  ])
  expect(model).toMatchObject({ layers: 2, lastRound: 3 })
})

test('without candidates 32 bits take 32 / b times the bytes; with two, headers don’t grow with the bits', () => {
  const plain = compressionModel([first]).cells[0]!
  expect(plain.rawBytes).toBe(800)
  // 20 bytes of header and 20 bytes a bit: 100 at 4, 660 at 32.
  const candidates = [
    { bits: 3, bytes: 80 },
    { bits: 4, bytes: 100 },
  ]
  const told = compressionModel([{ ...first, reasons: [reason(0, 4, { candidates })] }]).cells[0]!
  expect(told.rawBytes).toBeCloseTo(660, 9)
})

test('the error is the share of the squared length that rounding adds, weighted by sensitivity', () => {
  const reasons = [reason(0, 1, { sensitivity: 3 }), reason(1, 2, { sensitivity: 1 })]
  expect(compressionModel([{ ...first, reasons }]).rounds[0]!.errorShare).toBeCloseTo((3 / 4 + 1 / 16) / 4, 12)
  expect(compressionModel([first]).rounds[0]!.errorShare).toBeNull()
})

test('the figures sum over rounds and count missed deadlines', () => {
  const model = compressionModel([{ ...first, reasons: [reason(0, 4), reason(1, 8, { missed: true })] }, third])
  const figures = compressionFigures(model)
  expect(figures.bytes).toBe(300)
  expect(figures.missed).toBe(1)
  // Layer 0 has 800 and 960 bytes at 32 bits, layer 1 200 and 180.
  expect(figures.meanBits).toBeCloseTo((4 * 800 + 8 * 200 + 2 * 960 + 16 * 180) / 2140, 9)
})

test('the link that decides is the one counted on for least, unless a phone is chosen', () => {
  const link = (phone: number, estimate: number) => ({ phone, estimateBitsPerSecond: estimate, goodputBitsPerSecond: 2 * estimate })
  const [round] = compressionModel([{ ...first, links: [link(0, 5e6), link(3, 1e6)] }]).rounds
  expect(linkOf(round!, null)?.phone).toBe(3)
  expect(linkOf(round!, 0)?.estimateBitsPerSecond).toBe(5e6)
  expect(linkOf(round!, 1)).toBeNull()
})

test('arrows lead to the next cell there is, over rounds without guidance, and not beyond the edges', () => {
  const model = compressionModel([first, unguided, third])
  expect(neighbourCell(model, { round: 1, layer: 0 }, 'ArrowRight')).toMatchObject({ round: 3, layer: 0 })
  expect(neighbourCell(model, { round: 1, layer: 0 }, 'ArrowUp')).toMatchObject({ round: 1, layer: 1 })
  expect(neighbourCell(model, { round: 3, layer: 1 }, 'ArrowUp')).toBeNull()
  expect(neighbourCell(model, { round: 1, layer: 0 }, 'ArrowLeft')).toBeNull()
  expect(neighbourCell(model, { round: 1, layer: 0 }, 'x')).toBeNull()
})

test('why a cell has its bits is one clause of the controller and the numbers it rests on', () => {
  const words = 'layer 3: 2 bits, more bits would miss a deadline (arrives after 0.01 s on go-1, needed after 0.03 s; candidates 2, 3)'
  const numbers = { bytes: 2048, estimateBitsPerSecond: 1.6e6, needSeconds: 0.025, arrivalSeconds: 0.0116, words }
  expect(text.sentence(reason(3, 2, numbers))).toBe(
    '2 bits: more bits would miss a deadline. 2.00 KiB at 1.60 Mbit/s arrive after 11.6 ms, needed after 25.0 ms.',
  )
  expect(text.sentence(reason(0, 4, { words: 'fixed at 4 bits by the scenario' }))).toBe('Fixed at 4 bits by the scenario.')
})
