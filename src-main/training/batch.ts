/** Makes batches: token rows padded to one length, as the graphs take them. */

/** A row of token ids with its class. */
export interface Example {
  readonly ids: Int32Array
  readonly label: number
  /** The token types. @default all are 0 */
  readonly types?: Uint8Array
}

/** The form in which rows become a batch. */
export interface BatchForm {
  readonly padId: number
  /** The token that is to be filled in; the head reads its state rather than that of the last token. */
  readonly answerId?: number | null
  /**
   * The id of a token that a classifier passes over: it reads the last token of a row that is another one, as decoders in transformers do.
   * @default the last token
   */
  readonly passedId?: number | null
  /** True if the next word is predicted at every position. @default a class per row is predicted */
  readonly nextWord?: boolean
}

export interface Batch {
  /** The number of rows, N. */
  readonly sequences: number
  /** The length of the longest row, S. */
  readonly tokens: number
  /** [N S] */
  readonly ids: Int32Array
  /** [N, 1, 1, S]: 0 to attend, MASKED on padding */
  readonly mask: Float32Array
  /** [N S] */
  readonly types: Int32Array
  /** [N, 1, S]: 1 at the token that a head reads, the last one or that to be filled in, else 0 */
  readonly pick: Float32Array
  /** The number of predictions whose mean is the loss. */
  readonly targets: number
  /** [N] */
  readonly labels: BigInt64Array
}

/** The number that leaves nothing of a score after softmax in float32 when it is added to it. */
const MASKED = -1e9

/** Returns the position of the last token that isn't `passedId`; 0 in a row of nothing else. */
function lastOf(ids: Int32Array, passedId: number | null): number {
  let at = ids.length - 1
  while (at > 0 && ids[at] === passedId) at--
  return ids[at] === passedId ? 0 : at
}

/** @param form the form, or just the id of the padding token @throws if `examples` is empty */
export function makeBatch(examples: readonly Example[], form: number | BatchForm): Batch {
  const { padId, answerId = null, passedId = null, nextWord = false } = typeof form === 'number' ? { padId: form } : form
  if (examples.length === 0) throw new Error('a batch needs a row')
  const sequences = examples.length
  const tokens = examples.reduce((longest, { ids }) => Math.max(longest, ids.length), 1)
  const ids = new Int32Array(sequences * tokens).fill(padId)
  const mask = new Float32Array(sequences * tokens).fill(MASKED)
  const pick = new Float32Array(sequences * tokens)
  const types = new Int32Array(sequences * tokens)
  examples.forEach((example, n) => {
    ids.set(example.ids, n * tokens)
    mask.fill(0, n * tokens, n * tokens + example.ids.length)
    const answer = answerId === null ? -1 : example.ids.indexOf(answerId)
    pick[n * tokens + (answer < 0 ? lastOf(example.ids, passedId) : answer)] = 1
    if (example.types) types.set(example.types, n * tokens)
  })
  const following = examples.reduce((sum, example) => sum + example.ids.length - 1, 0)
  const targets = nextWord ? Math.max(1, following) : sequences
  return { sequences, tokens, ids, mask, types, pick, targets, labels: BigInt64Array.from(examples, ({ label }) => BigInt(label)) }
}
