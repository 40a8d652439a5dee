import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Direction, Term } from '#main/wire/direction.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { readFrame, writeFrame } from '#main/wire/frame.ts'
import { readUpdate, writeUpdate } from '#main/wire/update-frame.ts'
import { alongBasis, fromSet, seeded, updateBytes } from './terms.ts'

const uint32 = fc.oneof(fc.nat(5), fc.nat(0xffff_ffff))
const modifiers = fc.record(
  { layerwise: fc.constant(true), projected: fc.constant(true), mixture: fc.constant(true) },
  { requiredKeys: [] },
)
const owner = fc.oneof(
  fc.constant('everybody' as const),
  fc.nat(3),
  uint32.map((phone) => Math.min(phone, 0xffff_fffe)),
)
const bare: fc.Arbitrary<Direction> = fc.oneof(
  fc.record({ kind: fc.constantFrom('basis' as const, 'received' as const, 'from-set' as const), index: uint32 }),
  fc.record({ kind: fc.constant('seeded' as const), owner, round: uint32, index: uint32 }),
  fc.record({ kind: fc.constant('seeded' as const), owner, round: uint32, candidates: fc.integer({ min: 2, max: 1024 }), index: uint32 }),
)
/** A direction and up to four that follow it. */
const run = fc.tuple(bare, modifiers, fc.integer({ min: 1, max: 5 })).map(([direction, changes, count]) => {
  const first = Math.min(direction.index, 0xffff_ffff - 5)
  return Array.from({ length: count }, (_, i): Direction => ({ ...direction, ...changes, index: first + i }))
})
const anyDirections = fc.array(run, { maxLength: 12 }).map((runs) => runs.flat())
const termsOf = (directions: readonly Direction[]): Term[] => directions.map((direction, i) => ({ direction, coefficient: i / 4 }))
const HEAD = 24 + 9

/** What the frame took when it told counts and flags (version 1). */
function bytesBefore(terms: readonly Term[], phones: number, ownRounds = false): number {
  const seeds = terms.filter(({ direction }) => direction.kind === 'from-set').length
  return 24 + 20 + 4 * (terms.length + 3 + (seeds > 0 ? seeds : phones) + (ownRounds ? phones : 0))
}

describe('directions of an update', () => {
  test('come back as they were written, in their order', () => {
    fc.assert(
      fc.property(anyDirections, uint32, (directions, round) => {
        const terms = termsOf(directions)
        expect(readUpdate(updateBytes(round, 0.1, terms)).terms).toEqual(terms)
      }),
    )
  })

  test('take a few bytes a run, however long it is', () => {
    const bytes = (terms: readonly Term[]): number => updateBytes(9, 1, terms).length - HEAD - 4 * terms.length
    expect(bytes([])).toBe(1)
    expect(bytes(alongBasis(Array(8).fill(1)))).toBe(3)
    expect(bytes(seeded('everybody', 9, Array(100).fill(1)))).toBe(4)
    // Phone after phone: two bytes each, and two more that tell the first how many.
    const phones = [0, 1, 2, 5, 60].flatMap((phone) => seeded(phone, 9, [1, 1, 1]))
    expect(bytes(phones)).toBe(1 + 2 * 5 + 1)
  })

  test('take no more bytes than counts and flags did', () => {
    const coefficients = (most: number): fc.Arbitrary<number[]> => fc.array(fc.constant(0.5), { maxLength: most })
    const phones = fc.uniqueArray(fc.nat(2000), { maxLength: 30 }).map((list) => list.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(
        coefficients(40),
        coefficients(10),
        phones,
        fc.nat(10),
        fc.boolean(),
        fc.nat(1e6),
        (guided, shared, owners, q, project, round) => {
          const own = owners.flatMap((phone) => seeded(phone, round, Array<number>(q).fill(0.25), project ? { projected: true } : {}))
          const terms = [...alongBasis(guided), ...seeded('everybody', round, shared), ...own]
          expect(updateBytes(round, 1, terms).length).toBeLessThanOrEqual(bytesBefore(terms, owners.length))
        },
      ),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2000), fc.nat(1e6)), { maxLength: 30 }), (answers) => {
        const terms = answers.flatMap(([phone, moment]) => seeded(phone, moment, [1, 2]))
        expect(updateBytes(7, 1, terms).length).toBeLessThanOrEqual(bytesBefore(terms, answers.length, true))
      }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(65_535), { maxLength: 100 }), (seeds) => {
        const terms = fromSet(seeds, Array<number>(seeds.length).fill(1))
        expect(updateBytes(7, 1, terms).length).toBeLessThanOrEqual(bytesBefore(terms, 0))
      }),
    )
  })

  test('that are damaged are refused, and those that announce more than follows before they are made', () => {
    const bytes = updateBytes(9, 1, seeded(3, 9, [1, 2]))
    const { payload, ...frame } = readFrame(bytes)
    const forged = (change: (payload: Uint8Array) => Uint8Array): Uint8Array => writeFrame({ ...frame, payload: change(payload.slice()) })
    expect(() => readUpdate(forged((all) => all.fill(7, 8, 9)))).toThrow('an update of unknown kind 7')
    expect(() => readUpdate(forged((all) => all.fill(0x7f, 10, 11)))).toThrow('unknown kind 7')
    expect(() => readUpdate(forged((all) => all.slice(0, -1)))).toThrow(FrameError)
    expect(() => readUpdate(forged((all) => Uint8Array.of(...all, 0)))).toThrow('1 bytes too many')
    const huge = Uint8Array.of(...payload.slice(0, 9), 1, 0b1000, 0xfc, 0xff, 0xff, 0xff, 0x1f)
    expect(() => readUpdate(writeFrame({ ...frame, payload: huge }))).toThrow(/directions announced but only 0 bytes follow/)
    expect(() => writeUpdate({ ...frame, learningRate: 1, anchor: 'moves', terms: seeded(0.5, 9, [1]) })).toThrow(RangeError)
  })
})
