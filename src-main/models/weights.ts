/**
 * A checkpoint's weights as the graphs take them. `StreamedWeights` holds one block at a time in one buffer and reads embedding rows
 * on demand, so a phone trains a model larger than its memory; `ResidentWeights` holds all of them, for the cloud.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Feeds } from '#main/engine/runtime/session.ts'
import { Arena } from '#main/engine/arena.ts'
import type { WeightSpec } from './architectures/architecture.ts'
import { type Model, encoderWeights } from './model.ts'

export interface Weights {
  /** The weights of block `layer`; valid until the next call of `block` or `pooler`. */
  block(layer: number): Feeds
  /** Valid until the next call of `block`. */
  pooler(): Feeds
  embeddingNorm(): Feeds
  /** Rows of an embedding table (by its name in the embedding part), one after another, into `out` [ids.length, H]. */
  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void
}

/** Bytes that `StreamedWeights` takes of an arena. */
export function streamedBytes(model: Model): number {
  const { poolerStart, pooler, block } = partsOf(model)
  const norms = normWeights(model).reduce((sum, { shape }) => sum + Arena.sizeOf(4 * elementCount(shape)), 0)
  return 4 * Math.max(elements(block), poolerStart + elements(pooler)) + norms
}

type WritableFeeds = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>

export class StreamedWeights implements Weights {
  private readonly model: Model
  private readonly blockFeeds: WritableFeeds
  private readonly poolerFeeds: WritableFeeds
  private readonly normFeeds: WritableFeeds
  private readonly poolerHasItsPlace: boolean
  /** What the buffer holds: a block by its index, or the pooler. */
  private held: number | 'pooler' | null = null

  constructor(model: Model, arena: Arena) {
    this.model = model
    const { block, pooler, poolerStart } = partsOf(model)
    const buffer = arena.floats(Math.max(elements(block), poolerStart + elements(pooler)))
    this.blockFeeds = laidOut(block, buffer)
    this.poolerFeeds = laidOut(pooler, buffer.subarray(poolerStart))
    this.poolerHasItsPlace = poolerStart > 0
    this.normFeeds = Object.fromEntries(
      normWeights(model).map(({ name, shape }) => [name, { data: arena.floats(elementCount(shape)), dims: shape }]),
    )
    this.fill(this.normFeeds, '')
    if (this.poolerHasItsPlace) this.fill(this.poolerFeeds, '')
  }

  block(layer: number): Feeds {
    if (this.held !== layer) this.fill(this.blockFeeds, this.model.architecture.blockPrefix(layer))
    this.held = layer
    return this.blockFeeds
  }

  pooler(): Feeds {
    if (this.poolerHasItsPlace) return this.poolerFeeds
    if (this.held !== 'pooler') this.fill(this.poolerFeeds, '')
    this.held = 'pooler'
    return this.poolerFeeds
  }

  embeddingNorm(): Feeds {
    return this.normFeeds
  }

  private fill(feeds: WritableFeeds, prefix: string): void {
    this.held = null
    for (const [name, { data }] of Object.entries(feeds)) this.model.read(prefix + name, data)
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
        const data = place?.(name) ?? new Float32Array(elementCount(shape))
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

/**
 * What shares a buffer: the blocks one after another and, once they are done, the pooler. A pooler that the checkpoint lacks gets its
 * own place behind them, because drawing it from the seed every time would take longer than reading it.
 */
function partsOf(model: Model): { block: WeightSpec[]; pooler: WeightSpec[]; poolerStart: number } {
  const { architecture, config } = model
  const block = architecture.blockWeights(config)
  const pooler = architecture.poolerWeights(config)
  return { block, pooler, poolerStart: pooler.every(({ name }) => model.has(name)) ? 0 : elements(block) }
}

function laidOut(specs: readonly WeightSpec[], buffer: Float32Array): WritableFeeds {
  let next = 0
  return Object.fromEntries(
    specs.map((spec) => {
      const start = next
      next += elements([spec])
      return [spec.name, { data: buffer.subarray(start, start + elementCount(spec.shape)), dims: spec.shape }]
    }),
  )
}

/** float32 elements that tensors take, each aligned as the arena aligns. */
function elements(specs: readonly WeightSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + Arena.sizeOf(4 * elementCount(shape)) / 4, 0)
}
