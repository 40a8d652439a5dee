/**
 * Cross-entropy of the next word at every position of some rows. The output matrix is read in slices of the vocabulary, so that neither the matrix nor
 * the scores of all words are ever in memory as a whole.
 */
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { languageHeadOf } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import { sliceValues, targetValues, wordStates } from '#main/models/next-word-graphs.ts'
import { SLICE_WORDS, type Weights } from '#main/models/weights.ts'
import type { HeadCall } from './head.ts'

/** The number of states that are scored together; their scores of one slice take 4 MiB. */
export const STATES = 1024

/** The largest score before anything was scored. */
const NOWHERE = -1e30

/** The difference up to which scores count as equal, since they are rounded. */
const TIE = 1e-4

/** The states of some rows that predict a word, and the words to be predicted. */
interface Predictions {
  /** The indices of the states among the rows of x [p n S], ascending. */
  readonly at: Int32Array
  /** The ids of the words that come next. */
  readonly words: Int32Array
  /** The index of the row [p n] that each state belongs to. */
  readonly rows: Int32Array
}

/** The scores of M states: feeds `rows` [M, W], `targets` [M, W], `largest` and `sum` [M, 1]. */
export interface Scored {
  readonly predictions: Predictions
  readonly feeds: Feeds
  /** [M] */
  readonly losses: Float32Array
  readonly hits: Uint8Array
}

export class NextWords implements Disposable {
  readonly model: Model
  readonly weights: Weights
  /** The width of a state, W. */
  readonly width: number
  readonly vocabulary: number
  private readonly matrix: string
  private readonly sessions: Readonly<Record<'states' | 'slice' | 'target', GraphSession>>

  private constructor(model: Model, weights: Weights, sessions: NextWords['sessions']) {
    const { matrix } = languageHeadOf(model.architecture, model.config)
    this.model = model
    this.weights = weights
    this.sessions = sessions
    this.matrix = matrix.name
    ;[this.vocabulary, this.width] = matrix.shape as [number, number]
  }

  static async create(model: Model, weights: Weights): Promise<NextWords> {
    const head = languageHeadOf(model.architecture, model.config)
    const width = head.matrix.shape[1]!
    return new NextWords(model, weights, {
      states: await GraphSession.create(wordStates(head, model.config.hiddenSize), 'word-states'),
      slice: await GraphSession.create(sliceValues(width), 'word-slice'),
      target: await GraphSession.create(targetValues(width), 'word-target'),
    })
  }

  /** Lists every state that predicts, in parts that are scored together. */
  static predictions({ batch, call, x }: HeadCall): Predictions[] {
    const { tokens } = batch
    const [points, sequences] = x.dims as [number, number]
    const [at, words, rows]: [number[], number[], number[]] = [[], [], []]
    for (let row = 0; row < points * sequences; row++) {
      const first = (call.first + (row % sequences)) * tokens
      for (let s = 0; s + 1 < tokens; s++) {
        if (batch.mask[first + s + 1] !== 0) break
        at.push(row * tokens + s)
        words.push(batch.ids[first + s + 1]!)
        rows.push(row)
      }
    }
    return Array.from({ length: Math.ceil(at.length / STATES) }, (_, i) => {
      const part = (list: readonly number[]): Int32Array => Int32Array.from(list.slice(i * STATES, (i + 1) * STATES))
      return { at: part(at), words: part(words), rows: part(rows) }
    })
  }

  /** Calls `work` with every slice of the output matrix, as feed `words`. */
  async eachSlice(work: (words: Feeds[string], first: number) => Promise<void>): Promise<void> {
    for (let first = 0; first < this.vocabulary; first += SLICE_WORDS) {
      const count = Math.min(SLICE_WORDS, this.vocabulary - first)
      await work({ data: this.weights.outputSlice(first, count), dims: [count, this.width] }, first)
    }
  }

  async score({ x, weights }: HeadCall, predictions: Predictions): Promise<Scored> {
    const { at, words } = predictions
    const states = at.length
    const dims = [states, this.width]
    const hidden = { x: { data: gathered(x.data, at, this.model.config.hiddenSize), dims: [states, this.model.config.hiddenSize] } }
    const { output } = await this.sessions.states.run({ ...weights, ...hidden })
    const rows = { data: output!.data, dims }
    let largest = column(new Float32Array(states).fill(NOWHERE))
    let sum = column(new Float32Array(states))
    await this.eachSlice(async (slice) => {
      const next = await this.sessions.slice.run({ rows, words: slice, largest, sum })
      largest = column(next['nextLargest']!.data)
      sum = column(next['nextSum']!.data)
    })
    const targets = { data: new Float32Array(states * this.width), dims }
    this.weights.embeddingRows(this.matrix, words, targets.data)
    const feeds = { ...hidden, rows, targets, largest, sum }
    const { losses, scores } = await this.sessions.target.run(feeds)
    const most = largest.data
    const hits = Uint8Array.from(scores!.data, (score, i) => (score >= most[i]! - TIE * Math.max(1, Math.abs(most[i]!)) ? 1 : 0))
    return { predictions, feeds, losses: losses!.data, hits }
  }

  [Symbol.dispose](): void {
    for (const session of Object.values(this.sessions)) session[Symbol.dispose]()
  }
}

/** Gathers the rows `at` of `values`, of `width` elements each, one after another. */
export function gathered(values: Float32Array, at: Int32Array, width: number): Float32Array {
  const out = new Float32Array(at.length * width)
  at.forEach((from, i) => out.set(values.subarray(from * width, (from + 1) * width), i * width))
  return out
}

export function column(data: Float32Array): { data: Float32Array; dims: number[] } {
  return { data, dims: [data.length, 1] }
}
