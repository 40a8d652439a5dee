/**
 * Heads whose loss is that of the next word. A row's loss is the sum over its words times rows / words of the batch, so that the mean over
 * rows is the mean over words, as Hugging Face's trainers have it, however long the rows are.
 */
import { type Feeds, GraphSession, type Results } from '#main/engine/runtime/onnx-session.ts'
import { type BatchShape, scoreFlops } from '#main/models/model-flops.ts'
import { languageHeadOf } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import {
  sliceGradients,
  sliceTangents,
  targetGradients,
  targetTangents,
  wordStateGradients,
  wordStateTangents,
} from '#main/models/next-word-graphs.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Batch } from '../batch.ts'
import type { ForwardHead, GradientHead, HeadCall, HeadResult, TangentHead } from './head.ts'
import { NextWords, type Scored, column, gathered } from './next-words.ts'

/** Returns the weight of a word's loss in that of its row. */
function share({ sequences, targets }: Batch): number {
  return sequences / targets
}

function resultOf(call: HeadCall, scored: readonly Scored[]): HeadResult {
  const rows = call.x.dims[0]! * call.x.dims[1]!
  const [losses, hits] = [new Float32Array(rows), new Float32Array(rows)]
  for (const { predictions, losses: own, hits: came } of scored) {
    predictions.rows.forEach((row, i) => {
      losses[row] = losses[row]! + own[i]! * share(call.batch)
      hits[row] = hits[row]! + came[i]!
    })
  }
  return { losses, logits: new Float32Array(0), hits }
}

function wordsIn({ sequences, tokens }: BatchShape): number {
  return sequences * Math.max(0, tokens - 1)
}

export class NextWordForwardHead implements ForwardHead {
  readonly classes = 0
  private readonly words: NextWords

  private constructor(words: NextWords) {
    this.words = words
  }

  static async create(model: Model, weights: Weights): Promise<NextWordForwardHead> {
    return new NextWordForwardHead(await NextWords.create(model, weights))
  }

  async forward(call: HeadCall): Promise<HeadResult> {
    const scored: Scored[] = []
    for (const predictions of NextWords.predictions(call)) scored.push(await this.words.score(call, predictions))
    return resultOf(call, scored)
  }

  flops(batch: BatchShape): number {
    const { architecture, config } = this.words.model
    return scoreFlops(architecture, config, wordsIn(batch))
  }

  [Symbol.dispose](): void {
    this.words[Symbol.dispose]()
  }
}

export class NextWordTangentHead implements TangentHead {
  readonly classes = 0
  private readonly words: NextWords
  private readonly sessions: Readonly<Record<'states' | 'slice' | 'target', GraphSession>>
  private known: { readonly call: HeadCall; readonly scored: readonly Scored[] } | null = null

  private constructor(words: NextWords, sessions: NextWordTangentHead['sessions']) {
    this.words = words
    this.sessions = sessions
  }

  static async create(model: Model, weights: Weights): Promise<NextWordTangentHead> {
    const words = await NextWords.create(model, weights)
    const head = languageHeadOf(model.architecture, model.config)
    return new NextWordTangentHead(words, {
      states: await GraphSession.create(wordStateTangents(head, model.config.hiddenSize), 'word-state-tangents'),
      slice: await GraphSession.create(sliceTangents(words.width), 'word-slice-tangents'),
      target: await GraphSession.create(targetTangents(words.width), 'word-target-tangents'),
    })
  }

  async values(call: HeadCall): ReturnType<TangentHead['values']> {
    const scored: Scored[] = []
    for (const predictions of NextWords.predictions(call)) scored.push(await this.words.score(call, predictions))
    this.known = { call, scored }
    return resultOf(call, scored)
  }

  async tangents(dx: Feeds[string]): ReturnType<TangentHead['tangents']> {
    const { call, scored } = this.known!
    const [copies, , sequences] = dx.dims as [number, number, number]
    const { hiddenSize } = this.words.model.config
    const slopes = new Float32Array(copies * sequences)
    const width = dx.data.length / copies
    for (const { predictions, feeds } of scored) {
      const states = predictions.at.length
      const moves = new Float32Array(copies * states * hiddenSize)
      for (let k = 0; k < copies; k++) {
        const own = (dx.data as Float32Array).subarray(k * width, (k + 1) * width)
        moves.set(gathered(own, predictions.at, hiddenSize), k * states * hiddenSize)
      }
      const ofHidden = { 'd x': { data: moves, dims: [copies, states, hiddenSize] } }
      const { 'd output': dOutput } = await this.sessions.states.run({ ...call.weights, ...feeds, ...ofHidden })
      const dRows = { 'd rows': { data: dOutput!.data, dims: [copies, states, this.words.width] } }
      let moved: Float32Array = new Float32Array(copies * states)
      await this.words.eachSlice(async (words) => {
        const before = { data: moved, dims: [copies, states, 1] }
        moved = (await this.sessions.slice.run({ ...feeds, ...dRows, words, before }))['moved']!.data
      })
      const all = await this.sessions.target.run({ ...feeds, ...dRows, moved: { data: moved, dims: [copies, states, 1] } })
      all['d losses']!.data.forEach((slope, i) => {
        const row = Math.floor(i / states) * sequences + predictions.rows[i % states]!
        slopes[row] = slopes[row]! + slope * share(call.batch)
      })
    }
    return { losses: slopes, logits: new Float32Array(0) }
  }

  flops(batch: BatchShape): readonly [number, number] {
    const { architecture, config } = this.words.model
    const scores = scoreFlops(architecture, config, wordsIn(batch))
    // A tangent computes the scores again.
    return [scores, 2 * scores]
  }

  [Symbol.dispose](): void {
    for (const part of [this.words, ...Object.values(this.sessions)]) part[Symbol.dispose]()
  }
}

export class NextWordGradientHead implements GradientHead {
  private readonly words: NextWords
  private readonly all: boolean
  private readonly matrix: string
  private readonly sessions: Readonly<Record<'states' | 'slice' | 'target', GraphSession>>

  private constructor(words: NextWords, all: boolean, matrix: string, sessions: NextWordGradientHead['sessions']) {
    this.words = words
    this.all = all
    this.matrix = matrix
    this.sessions = sessions
  }

  /** @param all whether the gradients of the head's own weights are wanted too, the output matrix's as `d <its name>` */
  static async create(model: Model, weights: Weights, all: boolean): Promise<NextWordGradientHead> {
    const words = await NextWords.create(model, weights)
    const head = languageHeadOf(model.architecture, model.config)
    return new NextWordGradientHead(words, all, head.matrix.name, {
      states: await GraphSession.create(wordStateGradients(head, model.config.hiddenSize), 'word-state-gradients'),
      slice: await GraphSession.create(sliceGradients(words.width), 'word-slice-gradients'),
      target: await GraphSession.create(targetGradients(words.width), 'word-target-gradients'),
    })
  }

  async run(whole: Omit<HeadCall, 'call'>): ReturnType<GradientHead['run']> {
    const { batch, x, weights } = whole
    const call = { ...whole, call: { first: 0, sequences: batch.sequences } }
    const { hiddenSize } = this.words.model.config
    const { width, vocabulary } = this.words
    const dx = new Float32Array(x.data.length)
    const dMatrix = new Float32Array(this.all ? vocabulary * width : 0)
    const sums = new Map<string, { data: Float32Array; dims: readonly number[] }>()
    const scored: Scored[] = []
    for (const predictions of NextWords.predictions(call)) {
      const own = await this.words.score(call, predictions)
      scored.push(own)
      const { at, words } = predictions
      const shares = { weights: column(new Float32Array(at.length).fill(1 / batch.targets)) }
      let before: Float32Array = new Float32Array(at.length * width)
      const asRows = (data: Float32Array): Feeds[string] => ({ data, dims: [at.length, width] })
      await this.words.eachSlice(async (slice, first) => {
        const part = await this.sessions.slice.run({ ...own.feeds, ...shares, words: slice, before: asRows(before) })
        before = part['d rows']!.data
        if (this.all) addTo(dMatrix.subarray(first * width, first * width + slice.data.length), part['d words']!.data)
      })
      const last = await this.sessions.target.run({ ...own.feeds, ...shares, before: asRows(before) })
      if (this.all) {
        const dTargets = last['d targets']!.data
        words.forEach((word, i) => addTo(dMatrix.subarray(word * width, (word + 1) * width), dTargets.subarray(i * width, (i + 1) * width)))
      }
      const through = await this.sessions.states.run({ ...weights, ...own.feeds, dy: asRows(last['d rows']!.data) })
      at.forEach((to, i) => dx.set(through['d x']!.data.subarray(i * hiddenSize, (i + 1) * hiddenSize), to * hiddenSize))
      if (!this.all) continue
      for (const [name, { data, dims }] of Object.entries(through)) {
        if (name === 'd x') continue
        const sum = sums.get(name)
        if (sum) addTo(sum.data, data)
        else sums.set(name, { data, dims })
      }
    }
    const matrix: Results = this.all ? { [`d ${this.matrix}`]: { data: dMatrix, dims: [vocabulary, width] } } : {}
    return { ...resultOf(call, scored), dx, gradients: { ...Object.fromEntries(sums), ...matrix } }
  }

  [Symbol.dispose](): void {
    for (const part of [this.words, ...Object.values(this.sessions)]) part[Symbol.dispose]()
  }
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) sum[i] = sum[i]! + values[i]!
}
