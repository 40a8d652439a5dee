/**
 * Unmasks the sum of masked vectors, exact in fixed point: the masks of the phones that answered cancel each other, and those they share with lost
 * phones are taken away. No vector is readable by itself.
 */
import { type MaskedFrame, type MaskKeysFrame } from '#main/wire/masked-frames.ts'
import { fromFixedPoint, removeMask } from '#main/wire/pairwise-masks.ts'

/**
 * @param frames of the phones that answered, of one length
 * @param lost the phones that masked with them and didn't answer
 * @param revealed from each phone that answered, the keys that it shares with the lost ones
 * @throws Error if a key is missing or a vector has another length: the sum would be noise
 */
export function maskedSum(frames: readonly MaskedFrame[], lost: readonly number[], revealed: readonly MaskKeysFrame[]): number[] {
  const sum = new BigUint64Array(frames[0]!.values.length)
  for (const { phone, values } of frames) {
    if (values.length !== sum.length) throw new Error(`phone ${phone} sent ${values.length} masked values, another ${sum.length}`)
    values.forEach((value, i) => (sum[i] = sum[i]! + value))
    const keys = new Map(revealed.find((reveal) => reveal.phone === phone)?.keys.map(({ lost: peer, key }) => [peer, key]))
    for (const peer of lost) {
      const key = keys.get(peer)
      if (!key) throw new Error(`phone ${phone} didn't reveal its key with phone ${peer}`)
      removeMask(sum, phone, peer, key)
    }
  }
  return fromFixedPoint(sum)
}
