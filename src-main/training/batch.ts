/** Token rows padded to one length, as the graphs take them. */

/** A row of token ids with its class. */
export interface Example {
  readonly ids: Int32Array
  readonly label: number
}

export interface Batch {
  /** N */
  readonly sequences: number
  /** S, the longest row's length */
  readonly tokens: number
  /** [N S] */
  readonly ids: Int32Array
  /** [N, 1, 1, S]: 0 to attend, MASKED on padding */
  readonly mask: Float32Array
  /** [N, 1, S]: 1 at the token that a head reads, the last one, else 0 */
  readonly pick: Float32Array
  /** [N] */
  readonly labels: BigInt64Array
}

/** Added to a score, leaves nothing after softmax in float32. */
const MASKED = -1e9

/** @throws if `examples` is empty */
export function makeBatch(examples: readonly Example[], padId: number): Batch {
  if (examples.length === 0) throw new Error('a batch needs a row')
  const sequences = examples.length
  const tokens = examples.reduce((longest, { ids }) => Math.max(longest, ids.length), 1)
  const ids = new Int32Array(sequences * tokens).fill(padId)
  const mask = new Float32Array(sequences * tokens).fill(MASKED)
  const pick = new Float32Array(sequences * tokens)
  examples.forEach((example, n) => {
    ids.set(example.ids, n * tokens)
    mask.fill(0, n * tokens, n * tokens + example.ids.length)
    pick[n * tokens + example.ids.length - 1] = 1
  })
  return { sequences, tokens, ids, mask, pick, labels: BigInt64Array.from(examples, ({ label }) => BigInt(label)) }
}
