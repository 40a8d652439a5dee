/**
 * Masked-language loss without the word embedding in memory: the output matrix tied to it is read in slices of the vocabulary, and the
 * normaliser of the softmax is carried from slice to slice, log sum exp z = m + log sum exp(z - m) with m the largest score so far.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { blockForward, embedForward, maskedTransform, wordScores } from '#main/models/graphs.ts'
import { maskedLanguageWeights } from '#main/models/heads.ts'
import type { Model } from '#main/models/model.ts'
import type { Weights } from '#main/models/weights.ts'
import { embed } from './embedding.ts'
import type { MaskedBatch } from './masking.ts'

const SLICE_WORDS = 1024

export class MaskedLanguageLoss implements Disposable {
  private readonly model: Model
  private readonly weights: Weights
  private readonly sessions: Readonly<Record<'embed' | 'block' | 'transform' | 'scores', GraphSession>>
  private readonly head: Feeds
  private readonly sliceWords: number

  private constructor(model: Model, weights: Weights, sessions: MaskedLanguageLoss['sessions'], sliceWords: number) {
    this.model = model
    this.weights = weights
    this.sessions = sessions
    this.sliceWords = sliceWords
    this.head = Object.fromEntries(
      maskedLanguageWeights(model.config).map(({ name, shape }) => {
        const data = new Float32Array(elementCount(shape))
        model.read(name, data)
        return [name, { data, dims: shape }]
      }),
    )
  }

  /** @param sliceWords rows of the output matrix that are held at once */
  static async create(model: Model, weights: Weights, sliceWords = SLICE_WORDS): Promise<MaskedLanguageLoss> {
    const { architecture, config } = model
    const sessions = {
      embed: await GraphSession.create(embedForward(architecture, config), 'embed'),
      block: await GraphSession.create(blockForward(architecture, config, null, false, weights.form), 'block'),
      transform: await GraphSession.create(maskedTransform(config), 'masked-transform'),
      scores: await GraphSession.create(wordScores(config), 'word-scores'),
    }
    return new MaskedLanguageLoss(model, weights, sessions, sliceWords)
  }

  /** True if a checkpoint has the head. */
  static isFor(model: Model): boolean {
    return maskedLanguageWeights(model.config).every((spec) => model.holds(spec))
  }

  /** @returns the cross-entropy of every chosen token, in nats */
  async losses({ batch, positions, tokens }: MaskedBatch): Promise<Float64Array> {
    const { hiddenSize, vocabularySize } = this.model.config
    const states = await this.encoded(batch)
    const chosen = new Float32Array(positions.length * hiddenSize)
    positions.forEach((from, i) => chosen.set(states.subarray(from * hiddenSize, (from + 1) * hiddenSize), i * hiddenSize))
    const dims = [positions.length, hiddenSize]
    const { output } = await this.sessions.transform.run({ rows: { data: chosen, dims }, ...this.head })

    const largest = new Float64Array(positions.length).fill(-Infinity)
    const sums = new Float64Array(positions.length)
    const ofToken = new Float64Array(positions.length)
    const words = new Float32Array(this.sliceWords * hiddenSize)
    for (let first = 0; first < vocabularySize; first += this.sliceWords) {
      const count = Math.min(this.sliceWords, vocabularySize - first)
      const scores = await this.scores(output!.data, first, words.subarray(0, count * hiddenSize), count)
      for (let row = 0; row < positions.length; row++) {
        const own = scores.subarray(row * count, (row + 1) * count)
        const most = own.reduce((a, b) => Math.max(a, b), largest[row]!)
        sums[row] = own.reduce((sum, z) => sum + Math.exp(z - most), sums[row]! * Math.exp(largest[row]! - most))
        largest[row] = most
        const token = Number(tokens[row]!) - first
        if (token >= 0 && token < count) ofToken[row] = own[token]!
      }
    }
    return sums.map((sum, row) => largest[row]! + Math.log(sum) - ofToken[row]!)
  }

  private async encoded(batch: MaskedBatch['batch']): Promise<Float32Array> {
    const { layers, hiddenSize } = this.model.config
    const { sequences, tokens } = batch
    const mask = { data: batch.mask, dims: [sequences, 1, 1, tokens] }
    const inputs = this.model.architecture.blockInputs?.(this.model.config, tokens)
    let data = await embed(this.model, this.weights, this.sessions.embed, batch)
    for (let layer = 0; layer < layers; layer++) {
      const x = { data, dims: [1, sequences, tokens, hiddenSize] }
      data = (await this.sessions.block.run({ x, mask, ...inputs, ...this.weights.block(layer) }))['output']!.data
    }
    return data
  }

  private async scores(rows: Float32Array, first: number, words: Float32Array, count: number): Promise<Float32Array> {
    const { config, architecture } = this.model
    const table = architecture.embeddingWeights(config)[0]!.name
    const ids = Int32Array.from({ length: count }, (_, i) => first + i)
    this.weights.embeddingRows(table, ids, words)
    const bias = (this.head['cls.predictions.bias']!.data as Float32Array).subarray(first, first + count)
    const result = await this.sessions.scores.run({
      rows: { data: rows, dims: [rows.length / config.hiddenSize, config.hiddenSize] },
      words: { data: words, dims: [count, config.hiddenSize] },
      bias: { data: bias, dims: [count] },
    })
    return result['scores']!.data
  }

  [Symbol.dispose](): void {
    for (const session of Object.values(this.sessions)) session[Symbol.dispose]()
  }
}
