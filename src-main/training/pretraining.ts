/**
 * Pretraining of an encoder: masked language modelling, and a bag-of-words objective that trains the pooler (from the pooled output,
 * predict the tokens of the row). Both heads are tied to the word embedding.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import { type Feeds, GraphSession, type Results } from '#main/engine/runtime/onnx-session.ts'
import type { WeightSpec } from '#main/models/architectures/architecture.ts'
import { bagOfWordsBackward, maskedLanguageBackward } from '#main/models/graphs.ts'
import { maskedLanguageWeights } from '#main/models/heads.ts'
import type { Model } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import type { Stream } from '#shared/random/counter.ts'
import { AdamW, type AdamTensor, trainedBytes, trainedTensor } from './adamw.ts'
import { Backprop, type HeadPass } from './backprop.ts'
import { addGradient } from './weight-gradients.ts'
import type { Batch } from './batch.ts'
import { maskTokens } from './masking.ts'

const WORDS = 'embeddings.word_embeddings.weight'
const HEAD_BIAS = 'cls.predictions.bias'
const POOLED_WEIGHT = 1
const WEIGHT_DECAY = 0.01
const CLIP = 1

/** Ids up to this one are special tokens. */
const LAST_SPECIAL = 4

export interface PretrainingLoss {
  readonly masked: number
  readonly pooled: number
}

export class Pretraining {
  /** Every weight by its name without the architecture's prefix. */
  readonly tensors: ReadonlyMap<string, AdamTensor & { readonly shape: readonly number[] }>
  private readonly model: Model
  private readonly backprop: Backprop
  private readonly weights: ResidentWeights
  private readonly masked: GraphSession
  private readonly pooled: GraphSession
  private readonly optimiser: AdamW

  private constructor(
    model: Model,
    weights: ResidentWeights,
    tensors: Pretraining['tensors'],
    optimiser: AdamW,
    backprop: Backprop,
    masked: GraphSession,
    pooled: GraphSession,
  ) {
    this.model = model
    this.weights = weights
    this.tensors = tensors
    this.optimiser = optimiser
    this.backprop = backprop
    this.masked = masked
    this.pooled = pooled
  }

  /** Returns the bytes of an arena it takes. */
  static bytes(specs: readonly WeightSpec[]): number {
    return specs.reduce((sum, { shape }) => sum + trainedBytes(elementCount(shape)), 0)
  }

  /** @param specs every weight of the encoder and of the masked language head */
  static async create(model: Model, specs: readonly WeightSpec[], arena: Arena, kernels: Kernels): Promise<Pretraining> {
    const tensors = new Map(
      specs.map(({ name, shape }) => {
        const tensor = { ...trainedTensor(arena, shape), shape }
        model.read(name, tensor.value)
        return [name, tensor]
      }),
    )
    const weights = new ResidentWeights(model, { place: (name) => tensors.get(name)!.value })
    const { architecture, config } = model
    return new Pretraining(
      model,
      weights,
      tensors,
      new AdamW([...tensors.values()], arena, kernels, WEIGHT_DECAY),
      await Backprop.create(model, weights, null, 2, 'all'),
      await GraphSession.create(maskedLanguageBackward(config), 'masked-language-backward'),
      await GraphSession.create(bagOfWordsBackward(architecture, config), 'bag-of-words-backward'),
    )
  }

  async step(batch: Batch, maskId: number, learningRate: number, stream: Stream): Promise<PretrainingLoss> {
    const { hiddenSize, vocabularySize } = this.model.config
    const { batch: hidden, positions, tokens } = maskTokens(batch, maskId, LAST_SPECIAL, vocabularySize, stream)
    let loss: PretrainingLoss = { masked: 0, pooled: 0 }
    const head: HeadPass = async (x) => {
      const rows = new Float32Array(positions.length * hiddenSize)
      positions.forEach((from, i) => rows.set(x.data.subarray(from * hiddenSize, (from + 1) * hiddenSize) as Float32Array, i * hiddenSize))
      const masked = await this.masked.run({
        rows: { data: rows, dims: [positions.length, hiddenSize] },
        labels: { data: tokens, dims: [tokens.length] },
        dLosses: uniform(positions.length, 1, [positions.length, 1]),
        ...this.feeds([WORDS, ...maskedLanguageWeights(this.model.config).map(({ name }) => name)]),
      })
      const pooled = await this.pooled.run({
        x,
        targets: { data: bags(batch, vocabularySize), dims: [batch.sequences, vocabularySize] },
        dLosses: uniform(batch.sequences, POOLED_WEIGHT, [batch.sequences, 1]),
        ...this.feeds([WORDS, HEAD_BIAS]),
        ...this.weights.pooler(),
      })
      loss = { masked: mean(masked['losses']!.data), pooled: mean(pooled['losses']!.data) }
      const dx = pooled['d x']!.data.slice()
      const dRows = masked['d rows']!.data
      positions.forEach((to, i) => {
        for (let j = 0; j < hiddenSize; j++) dx[to * hiddenSize + j] = dx[to * hiddenSize + j]! + dRows[i * hiddenSize + j]!
      })
      this.collect(masked)
      this.collect(pooled)
      return { losses: masked['losses']!.data, logits: new Float32Array(0), dx, gradients: {} }
    }
    await this.backprop.run(
      hidden,
      () => ({}),
      head,
      (...gradient) => addGradient(this.model, hidden, gradient, (name) => this.gradientOf(name)),
    )
    this.optimiser.step(learningRate, CLIP)
    return loss
  }

  private collect(results: Results): void {
    for (const [name, { data }] of Object.entries(results)) {
      if (!name.startsWith('d ') || name === 'd x' || name === 'd rows') continue
      const sum = this.gradientOf(name.slice(2))
      for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + data[i]!
    }
  }

  private gradientOf(name: string): Float32Array {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`a gradient for ${name}, which is not trained`)
    return tensor.gradient
  }

  private feeds(names: readonly string[]): Feeds {
    return Object.fromEntries(names.map((name) => [name, { data: this.tensors.get(name)!.value, dims: this.tensors.get(name)!.shape }]))
  }
}

/** Returns each row's distribution of tokens, without special ones, [N, V]. */
function bags({ ids, sequences, tokens }: Batch, vocabularySize: number): Float32Array {
  const targets = new Float32Array(sequences * vocabularySize)
  for (let n = 0; n < sequences; n++) {
    const words = ids.subarray(n * tokens, (n + 1) * tokens).filter((id) => id > LAST_SPECIAL)
    for (const id of words) targets[n * vocabularySize + id] = targets[n * vocabularySize + id]! + 1 / words.length
  }
  return targets
}

function uniform(rows: number, weight: number, dims: readonly number[]): Feeds[string] {
  return { data: new Float32Array(rows).fill(weight / rows), dims }
}

function mean(values: Float32Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length
}
