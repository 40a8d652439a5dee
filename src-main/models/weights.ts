/**
 * A checkpoint's weights as the graphs take them. `StreamedWeights` holds one block at a time in one buffer and reads embedding rows
 * on demand, so a phone trains a model larger than its memory; `ResidentWeights` holds all of them, for the cloud.
 */
import type { Feeds } from '#main/engine/runtime/session.ts'
import { Arena } from '#main/engine/arena.ts'
import type { WeightSpec } from './architectures/architecture.ts'
import { type Model, encoderWeights } from './model.ts'

export interface Weights {
  /** The weights of block `layer`; valid until the next call. */
  block(layer: number): Feeds
  pooler(): Feeds
  embeddingNorm(): Feeds
  /** Rows of an embedding table (by its name in the embedding part), one after another, into `out` [ids.length, H]. */
  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void
}

/** Bytes that `StreamedWeights` takes of an arena. */
export function streamedBytes(model: Model): number {
  const block = model.architecture.blockWeights(model.config)
  const fixed = [...model.architecture.poolerWeights(model.config), ...normWeights(model)]
  return [...block, ...fixed].reduce((sum, { shape }) => sum + Arena.sizeOf(4 * size(shape)), 0)
}

export class StreamedWeights implements Weights {
  private readonly model: Model
  private readonly blockFeeds: Record<string, { data: Float32Array; dims: readonly number[] }>
  private readonly poolerFeeds: Feeds
  private readonly normFeeds: Feeds
  private loaded = -1

  constructor(model: Model, arena: Arena) {
    this.model = model
    const { architecture, config } = model
    const feeds = (specs: readonly WeightSpec[]): typeof this.blockFeeds =>
      Object.fromEntries(specs.map(({ name, shape }) => [name, { data: arena.floats(size(shape)), dims: shape }]))
    this.blockFeeds = feeds(architecture.blockWeights(config))
    this.poolerFeeds = feeds(architecture.poolerWeights(config))
    this.normFeeds = feeds(normWeights(model))
    for (const part of [this.poolerFeeds, this.normFeeds]) {
      for (const [name, { data }] of Object.entries(part)) model.read(name, data as Float32Array)
    }
  }

  block(layer: number): Feeds {
    if (layer !== this.loaded) {
      const prefix = this.model.architecture.blockPrefix(layer)
      for (const [name, { data }] of Object.entries(this.blockFeeds)) this.model.read(prefix + name, data)
      this.loaded = layer
    }
    return this.blockFeeds
  }

  pooler(): Feeds {
    return this.poolerFeeds
  }

  embeddingNorm(): Feeds {
    return this.normFeeds
  }

  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void {
    const width = this.model.config.hiddenSize
    const firstAt = new Map<number, number>()
    ids.forEach((id, i) => {
      const earlier = firstAt.get(id)
      if (earlier !== undefined) out.copyWithin(i * width, earlier * width, (earlier + 1) * width)
      else {
        this.model.read(table, out.subarray(i * width, (i + 1) * width), id * width)
        firstAt.set(id, i)
      }
    })
  }
}

export class ResidentWeights implements Weights {
  /** Every weight by its name without the architecture's prefix; training the whole model writes into them. */
  readonly tensors: ReadonlyMap<string, { readonly data: Float32Array; readonly dims: readonly number[] }>
  private readonly model: Model
  private readonly blocks: readonly Feeds[]

  /** @param place gives the array that holds a weight, already filled. @default fresh arrays, read from the checkpoint */
  constructor(model: Model, place?: (name: string) => Float32Array) {
    this.model = model
    const { architecture, config } = model
    const blockSpecs = architecture.blockWeights(config)
    const layers = Array.from({ length: config.layers }, (_, layer) => architecture.blockPrefix(layer))
    this.tensors = new Map(
      encoderWeights(architecture, config).map(({ name, shape }) => {
        const data = place?.(name) ?? new Float32Array(size(shape))
        if (!place) model.read(name, data)
        return [name, { data, dims: shape }]
      }),
    )
    this.blocks = layers.map((prefix) => Object.fromEntries(blockSpecs.map(({ name }) => [name, this.tensor(prefix + name)])))
  }

  block(layer: number): Feeds {
    return this.blocks[layer]!
  }

  pooler(): Feeds {
    return this.feeds(this.model.architecture.poolerWeights(this.model.config))
  }

  embeddingNorm(): Feeds {
    return this.feeds(normWeights(this.model))
  }

  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void {
    const width = this.model.config.hiddenSize
    const { data } = this.tensor(table)
    ids.forEach((id, i) => out.set(data.subarray(id * width, (id + 1) * width), i * width))
  }

  tensor(name: string): { readonly data: Float32Array; readonly dims: readonly number[] } {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`no weight ${name}`)
    return tensor
  }

  private feeds(specs: readonly WeightSpec[]): Feeds {
    return Object.fromEntries(specs.map(({ name }) => [name, this.tensor(name)]))
  }
}

function normWeights({ architecture, config }: Model): WeightSpec[] {
  return architecture.embeddingWeights(config).filter(({ shape }) => shape.length === 1)
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1)
}
