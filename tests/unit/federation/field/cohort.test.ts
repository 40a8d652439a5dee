import { describe, expect, test } from 'vitest'
import type { Availability } from '#main/federation/field/availability.ts'
import { Participation } from '#main/federation/field/cohort.ts'
import { AggregationPrivacy } from '#main/federation/field/aggregation-privacy.ts'
import { epsilon } from '#main/federation/field/accountant.ts'
import { fleetMean, weightedSums } from '#main/federation/field/fleet-mean.ts'
import { PrivacyLedger } from '#main/federation/field/privacy-ledger.ts'
import type { RunParts } from '#main/federation/run-parts.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import type { Federation } from '#shared/scenario/federation-schema.ts'

const base: Federation = { dropout: 0, elastic: false, aggregation: { kind: 'synchronous' }, secureAggregation: false }
const central = { model: 'central', clip: 1, noiseMultiplier: 1, delta: 1e-5 } as const
const up = [0, 1, 2, 3, 4, 5]
const rounds = Array.from({ length: 400 }, (_, i) => i + 1)

describe('the cohort of a round', () => {
  test('is everybody that is up where nothing else is said', () => {
    expect(new Participation(undefined, 1, 6).cohort(1, 0, [1, 4], 0)).toEqual({ phones: [1, 4], cover: [], unavailable: [] })
  })

  test('is drawn among those that can be asked', () => {
    const odd: Availability = { has: (phone) => phone % 2 === 1, next: (phone, at) => (phone % 2 ? at : at + 5) }
    const participation = new Participation({ ...base, clientsPerRound: 2 }, 1, 6, odd)
    for (const round of rounds) {
      const { phones, unavailable } = participation.cohort(round, 0, up, 0)
      expect(phones.length).toBe(2)
      expect(phones.every((phone) => phone % 2 === 1)).toBe(true)
      expect(unavailable).toEqual([0, 2, 4])
    }
    expect(participation.next([0, 2], 7)).toBe(12)
  })

  test('is drawn phone by phone for central privacy, with cover where the draw is empty', () => {
    const participation = new Participation({ ...base, clientsPerRound: 2, privacy: central }, 1, 6)
    const cohorts = rounds.map((round) => participation.cohort(round, 0, up, 0))
    const counted = cohorts.map(({ phones, cover }) => phones.length - cover.length)
    expect(Math.abs(counted.reduce((sum, n) => sum + n, 0) / rounds.length - 2)).toBeLessThan(0.3)
    expect(new Set(counted).size).toBeGreaterThan(3)
    for (const { phones, cover } of cohorts) expect(cover.length).toBe(phones.length === cover.length ? 1 : 0)
    expect([participation.samplingRate, participation.expectedPhones]).toEqual([1 / 3, 2])
  })

  test('has two phones at least where they are masked', () => {
    const participation = new Participation({ ...base, clientsPerRound: 1, privacy: central, secureAggregation: true }, 1, 6)
    for (const round of rounds) expect(participation.cohort(round, 0, up, 0).phones.length).toBeGreaterThanOrEqual(2)
  })

  test('is waited for until two can be asked at once, where they are masked', () => {
    // Phone 0 is there in the first second of every five, phone 1 in the first of every seven.
    const there = (phone: number, second: number): boolean => second % (phone === 0 ? 5 : 7) === 0
    const availability: Availability = {
      has: (phone, at) => there(phone, Math.floor(at)),
      next: (phone, at) => {
        let second = Math.floor(at)
        if (there(phone, second)) return at
        while (!there(phone, second)) second++
        return second
      },
    }
    const masked = new Participation({ ...base, secureAggregation: true }, 1, 2, availability)
    expect([1, 34.5, 35.5, 36].map((at) => masked.next([0, 1], at))).toEqual([35, 35, 35.5, 70])
    expect(new Participation(base, 1, 2, availability).next([0, 1], 1)).toBe(5)
    const never: Availability = {
      has: (phone, at) => Math.floor(at) % 2 === phone,
      next: (phone, at) => (Math.floor(at) % 2 === phone ? at : Math.floor(at) + 1),
    }
    expect(new Participation({ ...base, secureAggregation: true }, 1, 2, never).next([0, 1], 3)).toBe(Infinity)
  })
})

test('a phone that is alone is not asked to mask what it sends', async () => {
  const { scenario, privateRows } = { scenario: { federation: { ...base, secureAggregation: true } }, privateRows: [3, 5] }
  const phones = { maskKeys: async () => new Map([[1, new Uint8Array(32)]]) }
  const aggregationPrivacy = new AggregationPrivacy(
    { scenario, privateRows, phones } as unknown as RunParts,
    new Participation(undefined, 1, 2),
  )
  expect(await aggregationPrivacy.ask(0, { phones: [1], cover: [], unavailable: [0] })).toBeNull()
})

describe('the ledger', () => {
  test('counts rounds at the sampling rate in the central model', () => {
    const ledger = new PrivacyLedger({ noiseMultiplier: 2, delta: 1e-4 }, 0.25)
    expect(ledger.spent).toEqual({ epsilon: 0, delta: 1e-4 })
    for (let round = 0; round < 7; round++) ledger.release([round % 2])
    expect(ledger.spent.epsilon).toBe(epsilon({ noiseMultiplier: 2, samplingRate: 0.25 }, 7, 1e-4))
  })

  test('counts the answers of the busiest phone, at half the noise, in the local model', () => {
    const ledger = new PrivacyLedger({ noiseMultiplier: 2, delta: 1e-4 }, null)
    for (const phones of [[0, 1], [1, 2], [1]]) ledger.release(phones)
    expect(ledger.spent.epsilon).toBe(epsilon({ noiseMultiplier: 1, samplingRate: 1 }, 3, 1e-4))
  })
})

describe('the mean over a fleet', () => {
  const parts = [
    { numbers: [1, 2, 0.1, 0.2], weight: 3 },
    { numbers: [5, -2, 0.3, 0.4], weight: 1 },
  ]

  test('weighs values and variances as independent estimates are', () => {
    const mean = fleetMean({ sums: weightedSums(parts, 2), values: 2, weight: 4 })
    const expected = [(3 + 5) / 4, (6 - 2) / 4, (9 * 0.1 + 0.3) / 16, (9 * 0.2 + 0.4) / 16]
    mean.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 12))
  })

  test('says how uncertain noise makes it', () => {
    const count = 20_000
    const sums = [...Array<number>(count).fill(8), ...Array<number>(count).fill(0)]
    const noise = { deviation: 3, stream: new Stream(deriveKey(1, 'fleet noise')) }
    const mean = fleetMean({ sums, values: count, weight: 4 }, noise)
    const spread = mean.slice(0, count).reduce((sum, x) => sum + (x - 2) ** 2, 0) / count
    expect(mean[count]).toBe(9 / 16)
    expect(Math.abs(spread / (9 / 16) - 1)).toBeLessThan(0.05)
  })
})
