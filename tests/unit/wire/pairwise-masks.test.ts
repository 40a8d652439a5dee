import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskedSum } from '#main/federation/field/masked-sum.ts'
import { type MaskKeysFrame, readMaskKeys, readMasked, writeMaskKeys, writeMasked } from '#main/wire/masked-frames.ts'
import { MaskKeys, addMask, emulatedSecret, fromFixedPoint, toFixedPoint } from '#main/wire/pairwise-masks.ts'

const keysOf = (count: number, seed = 1): MaskKeys[] =>
  Array.from({ length: count }, (_, phone) => new MaskKeys(emulatedSecret(seed, phone)))

/** What phone `u` of the cohort sends. */
function masked(values: readonly number[], u: number, cohort: readonly number[], keys: readonly MaskKeys[], round: number): BigUint64Array {
  const sent = toFixedPoint(values)
  for (const v of cohort) if (v !== u) addMask(sent, u, v, keys[u]!.roundKey(keys[v]!.publicKey, round, 0))
  return sent
}

describe('key agreement', () => {
  test('gives both of a pair the same key, another one every round, attempt and pair', () => {
    const [a, b, c] = keysOf(3) as [MaskKeys, MaskKeys, MaskKeys]
    const key = a.roundKey(b.publicKey, 3, 0)
    expect(b.roundKey(a.publicKey, 3, 0)).toEqual(key)
    for (const other of [a.roundKey(b.publicKey, 4, 0), a.roundKey(b.publicKey, 3, 1), a.roundKey(c.publicKey, 3, 0)]) {
      expect(other).not.toEqual(key)
    }
  })

  test('is X25519: the key pair of Bob in RFC 7748, section 6.1', () => {
    const publicKey = (secret: string): string => Buffer.from(new MaskKeys(Buffer.from(secret, 'hex')).publicKey).toString('hex')
    expect(publicKey('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')).toBe(
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    )
  })
})

describe('fixed point', () => {
  test('keeps a value to half of 2^-32 and its sign', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        expect(Math.abs(fromFixedPoint(toFixedPoint([value]))[0]! - value)).toBeLessThanOrEqual(2 ** -33)
      }),
    )
  })

  test.each([[NaN], [Infinity], [2 ** 20]])('refuses %d', (value) => {
    expect(() => toFixedPoint([value])).toThrow(RangeError)
  })
})

describe('the masked sum', () => {
  const dyadic = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((n) => n / 2 ** 28)

  test('is exact for every subset of a cohort that is lost after masking', () => {
    const keys = keysOf(5)
    const cohort = [0, 1, 2, 3, 4]
    fc.assert(
      fc.property(
        fc.array(fc.array(dyadic, { minLength: 3, maxLength: 3 }), { minLength: 5, maxLength: 5 }),
        fc.nat(100),
        (values, round) => {
          const sent = cohort.map((phone) => writeMasked({ round, phone, values: masked(values[phone]!, phone, cohort, keys, round) }))
          for (let subset = 0; subset < 31; subset++) {
            const lost = cohort.filter((phone) => (subset >> phone) & 1)
            const survivors = cohort.filter((phone) => !lost.includes(phone))
            const revealed = survivors.map((phone): MaskKeysFrame =>
              readMaskKeys(
                writeMaskKeys({
                  round,
                  phone,
                  keys: lost.map((peer) => ({ lost: peer, key: keys[phone]!.roundKey(keys[peer]!.publicKey, round, 0) })),
                }),
              ),
            )
            const sum = maskedSum(
              survivors.map((phone) => readMasked(sent[phone]!)),
              lost,
              revealed,
            )
            const expected = [0, 1, 2].map((k) => survivors.reduce((total, phone) => total + values[phone]![k]!, 0))
            expect(sum).toEqual(expected.map((x) => x + 0))
          }
        },
      ),
      { numRuns: 2 },
    )
  })

  test('is refused where a key of a lost phone is missing', () => {
    const keys = keysOf(3)
    const frames = [0, 1].map((phone) => ({ round: 1, phone, values: masked([1], phone, [0, 1, 2], keys, 1) }))
    expect(() => maskedSum(frames, [2], [])).toThrow(/phone 0 .* phone 2/)
  })
})

describe('what the server sees of one phone', () => {
  /** One byte of what phone 0 sends, over many rounds: what the server would look at. */
  const bytesSeen = (value: number, byte: number): number[] => {
    const keys = keysOf(2)
    return Array.from({ length: 60 }, (_, round) => masked(Array<number>(64).fill(value), 0, [0, 1], keys, round)).flatMap((sent) =>
      Array.from(sent, (word) => Number((word >> BigInt(8 * byte)) & 255n)),
    )
  }

  test.each([0, 3, 7])('is uniform whatever the value, byte %d', (byte) => {
    for (const value of [0, -1.25, 1e5]) {
      const seen = bytesSeen(value, byte)
      const expected = seen.length / 256
      const counts = seen.reduce((all, b) => all.with(b, all[b]! + 1), Array<number>(256).fill(0))
      const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
      // Mean 255, deviation 22.6.
      expect(chiSquare).toBeGreaterThan(255 - 5 * 22.6)
      expect(chiSquare).toBeLessThan(255 + 5 * 22.6)
    }
  })

  test('says nothing of equal values: no two masked words are equal', () => {
    const keys = keysOf(2)
    const sent = Array.from({ length: 20 }, (_, round) => [...masked(Array<number>(50).fill(1), 0, [0, 1], keys, round)]).flat()
    expect(new Set(sent).size).toBe(sent.length)
  })
})
