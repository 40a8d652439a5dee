import { describe, expect, test } from 'vitest'
import { maskedSum } from '#main/federation/field/masked-sum.ts'
import { unpackMeasurements } from '#main/wire/derivatives.ts'
import { basis, own, shared, answerForm } from '#main/wire/direction-request.ts'
import { readMaskKeys, readMasked } from '#main/wire/masked-frames.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import { answerFrame } from '#main/workers/answer-frame.ts'
import type { MaskRequest, ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import { MaskSession } from '#main/workers/mask-session.ts'

const estimates = [3, 4, 12].map((value, k) => ({ value, variance: 0.5 * k }))
const measurement = { estimates, loss: 0.75, drawn: [] }
const directions = [basis(), shared(1), own(1)]
const none = (): MaskSession => {
  throw new Error('no masks were asked for')
}
const frameOf = (request: Partial<ProbeRequest>, round = 1): Uint8Array =>
  answerFrame({ round, directions, ...request }, { seed: 1, phone: 2 }, measurement, none)

describe('what a phone sends', () => {
  test('is what it measured', () => {
    const { phone, lossMean, values } = readScalars(frameOf({}))
    expect([phone, lossMean]).toEqual([2, 0.75])
    const told = [estimates[0], estimates[1], { value: 12, variance: NaN }]
    expect(unpackMeasurements(values, answerForm({ directions })).estimates).toEqual(told)
  })

  test('is clipped as a whole where the server adds the noise, without its loss or what its rows say of the variance', () => {
    const { lossMean, values } = readScalars(frameOf({ privacy: { clip: 6.5, deviation: 0 } }))
    expect(lossMean).toBeNaN()
    // The length of (3, 4, 12) is 13.
    expect(Array.from(values)).toEqual([1.5, 2, 6, 0, 0])
  })

  test('is blurred by the phone itself in the local model, anew every round', () => {
    const privacy = { clip: 6.5, deviation: 0.5 }
    const rounds = Array.from({ length: 4000 }, (_, round) => readScalars(frameOf({ privacy }, round)).values)
    ;[1.5, 2, 6].forEach((value, k) => {
      const mean = rounds.reduce((sum, values) => sum + values[k]!, 0) / rounds.length
      const variance = rounds.reduce((sum, values) => sum + (values[k]! - value) ** 2, 0) / rounds.length
      expect(Math.abs(mean - value)).toBeLessThan((5 * 0.5) / Math.sqrt(4000))
      expect(Math.abs(variance / 0.25 - 1)).toBeLessThan(0.12)
    })
    expect(Array.from(rounds[0]!.slice(3))).toEqual([0.25, 0.25])
  })
})

describe('masked answers', () => {
  const sessions = [0, 1, 2].map((phone) => new MaskSession(1, phone))
  const request = (members: readonly number[], attempt = 0): MaskRequest => ({
    attempt,
    cohort: members.map((phone) => ({ phone, publicKey: sessions[phone]!.publicKey, weight: phone + 1 })),
  })
  const masked = (phone: number, mask: MaskRequest): Uint8Array =>
    answerFrame({ round: 4, directions, mask }, { seed: 1, phone }, measurement, () => sessions[phone]!)

  test('add up to weighted values, variances weighted twice, and the weighted loss, without the one that was lost', () => {
    const mask = request([0, 1, 2])
    const frames = [0, 1, 2].map((phone) => readMasked(masked(phone, mask)))
    const revealed = [0, 2].map((phone) => readMaskKeys(sessions[phone]!.reveal([1])))
    // Weights 1 and 3.
    expect(maskedSum([frames[0]!, frames[2]!], [1], revealed)).toEqual([12, 16, 48, 0, 5, 3])
  })

  test('use other masks when a round is asked again', () => {
    const [first, again] = [0, 1].map((attempt) => readMasked(masked(0, request([0, 1], attempt))).values)
    first!.forEach((word, i) => expect(again![i]).not.toBe(word))
  })

  test('are not given alone, nor opened until one is left alone, nor twice', () => {
    expect(() => masked(0, request([0]))).toThrow(/alone/)
    masked(0, request([0, 1, 2]))
    expect(() => sessions[0]!.reveal([1, 2])).toThrow(/left alone/)
    sessions[0]!.reveal([1])
    expect(() => sessions[0]!.reveal([2])).toThrow(/no mask to reveal/)
  })
})
