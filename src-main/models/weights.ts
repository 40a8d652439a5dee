/**
 * A checkpoint's weights as the graphs take them. `StreamedWeights` holds one block at a time in one buffer and reads embedding rows
 * on demand, so a phone trains a model larger than its memory; `ResidentWeights` holds all of them, for the cloud.
 */
import { INT4_BLOCK } from '#main/engine/operators/frozen-weight.ts'
import { type MatrixForm, elementCount } from '#main/engine/onnx/graph.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { WeightSpec } from './architectures/architecture.ts'
import { type HeadSpec, headWeights, languageHeadOf } from './head-spec.ts'
import { WORDS } from './heads.ts'
import { kernelWiden } from './kernel-widen.ts'
import { type Model, blockWeightName, modelWeights } from './model.ts'
import { STORED_AS, formOf, roundTo, unpackInt4 } from './precision.ts'
import { type Widen, widenInPlace } from './safetensors/widen-in-place.ts'
import { WeightPlace } from './weight-place.ts'

export interface Weights {
  /** The form in which the feeds hold matrices; graphs that take them must be built for it. */
  readonly form: MatrixForm
  /** The weights of block `layer`; valid until the next call of `block` or `pooler`. */
  block(layer: number): Feeds
  /** The head's frozen weights; valid until the next call of `block`. */
  pooler(): Feeds
  /** Returns the weights of the embedding part beside its tables. */
  embeddingNorm(): Feeds
  /** Rows of an embedding table (by its name in the embedding part), one after another, into `out` [ids.length, width]. */
  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void
  /** Rows [first, first + count) of the output matrix [count, width]; at most `SLICE_WORDS`, valid until the next call. */
  outputSlice(first: number, count: number): Float32Array
}

/** Rows of the output matrix that are held at once. */
export const SLICE_WORDS = 1024

/** Bytes that `StreamedWeights` takes of an arena. */
export function streamedBytes(model: Model, form: MatrixForm = 'fp32', head: HeadSpec = 1): number {
  const rowAndScale = Arena.sizeOf(4 * widestRow(model)) + Arena.sizeOf(4)
  const slice = Arena.sizeOf(4 * sliceSize(model, head))
  return bufferBytes(model, form, head) + WeightPlace.bytesOf(embeddingParts(model), 'fp32') + rowAndScale + slice
}

/** Bytes that one block takes of the buffer. */
export function blockBytes({ architecture, config }: Model, form: MatrixForm): number {
  return WeightPlace.bytesOf(architecture.blockWeights(config), form)
}

/** Bytes that the runtime takes beside the buffer for the widest matrix of a block, while it is multiplied. */
export function widenedBytes({ architecture, config }: Model, form: MatrixForm): number {
  const widest = Math.max(...architecture.blockWeights(config).map(({ shape }) => elementCount(shape)))
  return form === 'fp32' ? 0 : 4 * widest
}

interface StreamedOptions {
  /** @default 'fp32' */
  readonly form?: MatrixForm
  /** Kernels over the arena's memory, which widen values that the file holds narrow. @default JavaScript does */
  readonly kernels?: Kernels
  /** @default a classifier */
  readonly head?: HeadSpec
}

/** The name that stands for the pooler where a block has its prefix. */
const POOLER = 'pooler'

export class StreamedWeights implements Weights {
  readonly form: MatrixForm
  private readonly model: Model
  private readonly blockPlace: WeightPlace
  private readonly poolerPlace: WeightPlace
  private readonly normPlace: WeightPlace
  private readonly poolerHasItsPlace: boolean
  private readonly row: Float32Array
  private readonly slice: Float32Array
  /** The words that stand for classes; none for other heads. */
  private readonly words: Feeds
  private readonly widen: Widen
  /** The part that the buffer holds: a block by its prefix, which several blocks may share, or the pooler. */
  private held: string | null = null

  constructor(model: Model, arena: Arena, { form = 'fp32', kernels, head = 1 }: StreamedOptions = {}) {
    this.model = model
    this.form = form
    const { block, pooler, poolerStart } = partsOf(model, form, head)
    const norms = embeddingParts(model)
    const place = (bytes: number): number => arena.bytes(bytes).byteOffset
    const memory = arena.memory.buffer
    const buffer = place(bufferBytes(model, form, head))
    this.blockPlace = new WeightPlace(block, form, memory, buffer)
    this.poolerPlace = new WeightPlace(pooler, form, memory, buffer + poolerStart)
    this.poolerHasItsPlace = poolerStart > 0
    this.normPlace = new WeightPlace(norms, 'fp32', memory, place(WeightPlace.bytesOf(norms, 'fp32')))
    this.row = arena.floats(widestRow(model))
    const scale = arena.floats(1)
    this.slice = arena.floats(sliceSize(model, head))
    this.widen = kernels ? kernelWiden(kernels, scale) : widenInPlace
    this.normPlace.fill(model, '', this.widen)
    if (this.poolerHasItsPlace) this.poolerPlace.fill(model, '', this.widen)
    this.words = wordFeeds(this, model, head)
  }

  block(layer: number): Feeds {
    const prefix = this.model.architecture.blockPrefix(layer)
    if (this.held !== prefix) this.fill(this.blockPlace, prefix)
    this.held = prefix
    return this.blockPlace.feeds
  }

  pooler(): Feeds {
    if (!this.poolerHasItsPlace && this.held !== POOLER) this.fill(this.poolerPlace, '')
    if (!this.poolerHasItsPlace) this.held = POOLER
    return { ...this.poolerPlace.feeds, ...this.words }
  }

  embeddingNorm(): Feeds {
    return this.normPlace.feeds
  }

  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void {
    const row = this.row.subarray(0, out.length / ids.length)
    const firstAt = new Map<number, number>()
    ids.forEach((id, i) => {
      const earlier = firstAt.get(id)
      if (earlier !== undefined) out.copyWithin(i * row.length, earlier * row.length, (earlier + 1) * row.length)
      else {
        readRounded(this.model, table, this.form, row.length, row, id * row.length, this.widen)
        out.set(row, i * row.length)
        firstAt.set(id, i)
      }
    })
  }

  outputSlice(first: number, count: number): Float32Array {
    const { matrix } = languageHeadOf(this.model.architecture, this.model.config)
    const width = matrix.shape[1]!
    const out = this.slice.subarray(0, count * width)
    readRounded(this.model, matrix.name, this.form, width, out, first * width, this.widen)
    return out
  }

  private fill(place: WeightPlace, prefix: string): void {
    this.held = null
    place.fill(this.model, prefix, this.widen)
  }
}

interface ResidentOptions {
  /** Gives the array that holds a weight, already filled. @default fresh arrays, read from the checkpoint */
  readonly place?: (name: string) => Float32Array
  /** The form that matrices are rounded to when they are read, so that values equal those on a phone. @default 'fp32' */
  readonly rounding?: MatrixForm
  /** @default a classifier */
  readonly head?: HeadSpec
}

export class ResidentWeights implements Weights {
  /** Every weight by its name without the architecture's prefix; training the whole model writes into them. */
  readonly tensors: ReadonlyMap<string, { readonly data: Float32Array; readonly dims: readonly number[] }>
  /** The form of the feeds; their values may be rounded to those of another form. */
  readonly form = 'fp32'
  private readonly model: Model
  private readonly blocks: readonly Feeds[]
  private readonly head: HeadSpec
  private readonly words: Feeds

  constructor(model: Model, { place, rounding = 'fp32', head = 1 }: ResidentOptions = {}) {
    this.model = model
    this.head = head
    const { architecture, config } = model
    const blockSpecs = architecture.blockWeights(config)
    this.tensors = new Map(
      modelWeights(architecture, config, head).map(({ name, shape, linear }) => {
        const data = place?.(name) ?? new Float32Array(elementCount(shape))
        if (!place) readWhole(model, { name, shape, ...(linear && { linear }) }, rounding, data)
        return [name, { data, dims: shape }]
      }),
    )
    this.blocks = Array.from({ length: config.layers }, (_, layer) =>
      Object.fromEntries(blockSpecs.map((spec) => [spec.name, this.tensor(blockWeightName(architecture, layer, spec))])),
    )
    this.words = wordFeeds(this, model, head)
  }

  block(layer: number): Feeds {
    return this.blocks[layer]!
  }

  pooler(): Feeds {
    return { ...this.feeds(headWeights(this.model.architecture, this.model.config, this.head)), ...this.words }
  }

  embeddingNorm(): Feeds {
    return this.feeds(embeddingParts(this.model))
  }

  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void {
    const width = out.length / ids.length
    const { data } = this.tensor(table)
    ids.forEach((id, i) => out.set(data.subarray(id * width, (id + 1) * width), i * width))
  }

  outputSlice(first: number, count: number): Float32Array {
    const { matrix } = languageHeadOf(this.model.architecture, this.model.config)
    const width = matrix.shape[1]!
    return this.tensor(matrix.name).data.subarray(first * width, (first + count) * width)
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

/** Lists the weights of the embedding part that aren't read row by row. */
function embeddingParts({ architecture, config }: Model): WeightSpec[] {
  const tables = new Set(architecture.embeddingTables(config).map(({ name }) => name))
  return architecture.embeddingWeights(config).filter(({ name }) => !tables.has(name))
}

/** Returns the length of the longest row of an embedding table or the output matrix, in elements. */
function widestRow({ architecture, config }: Model): number {
  return Math.max(config.hiddenSize, ...architecture.embeddingTables(config).map(({ width }) => width))
}

/** Fills `out` with a weight as it is in `form`. */
function readWhole(model: Model, spec: Pick<WeightSpec, 'name' | 'shape' | 'linear'>, form: MatrixForm, out: Float32Array): void {
  const { name, shape, linear } = spec
  const own = formOf(spec, form)
  const where = `${model.directory}: tensor ${name}`
  if (linear && model.storedAs(name) === STORED_AS.int4) {
    const packed = { values: new Uint8Array(out.length / 2), scales: new Float32Array(out.length / INT4_BLOCK) }
    model.readStored(name, packed)
    return unpackInt4(packed, linear, out)
  }
  model.read(name, out)
  if (model.storedAs(name) !== STORED_AS[own]) roundTo(own, out, shape.at(-1)!, where, linear)
}

/** Reads whole rows of a table like `Model.read`, with the values they have in `form`: int4 leaves tables in int8. */
function readRounded(
  model: Model,
  name: string,
  form: MatrixForm,
  columns: number,
  out: Float32Array,
  elementOffset = 0,
  widen?: Widen,
): void {
  model.read(name, out, elementOffset, widen)
  const own = form === 'int4' ? 'int8' : form
  if (model.storedAs(name) !== STORED_AS[own]) roundTo(own, out, columns, `${model.directory}: tensor ${name}`)
}

/**
 * Lists the parts that share a buffer: the blocks one after another and, once they are done, the pooler. A pooler that the checkpoint lacks gets its
 * own place behind them, because drawing it from the seed every time would take longer than reading it.
 */
function partsOf(
  model: Model,
  form: MatrixForm,
  head: HeadSpec,
): { block: WeightSpec[]; pooler: readonly WeightSpec[]; poolerStart: number } {
  const { architecture, config } = model
  const block = architecture.blockWeights(config)
  const pooler = headWeights(architecture, config, head)
  const stored = pooler.every(({ name }) => model.has(name))
  return { block, pooler, poolerStart: stored ? 0 : WeightPlace.bytesOf(block, form) }
}

/** Returns the rows of the words that stand for classes, and their biases. */
function wordFeeds(weights: Pick<Weights, 'embeddingRows'>, model: Model, head: HeadSpec): Feeds {
  if (typeof head === 'number' || head.kind !== 'words') return {}
  const { matrix, bias } = languageHeadOf(model.architecture, model.config)
  const [count, width] = [head.ids.length, matrix.shape[1]!]
  const rows = new Float32Array(count * width)
  weights.embeddingRows(matrix.name, Int32Array.from(head.ids), rows)
  const feeds = { [WORDS.rows]: { data: rows, dims: [count, width] } }
  if (!bias) return feeds
  const all = new Float32Array(bias.shape[0]!)
  model.read(bias.name, all)
  return { ...feeds, [WORDS.bias]: { data: Float32Array.from(head.ids, (id) => all[id]!), dims: [count] } }
}

/** Elements of a slice of the output matrix, for the head that needs slices. */
function sliceSize(model: Model, head: HeadSpec): number {
  if (typeof head === 'number' || head.kind !== 'next-word') return 0
  const [words, width] = languageHeadOf(model.architecture, model.config).matrix.shape as [number, number]
  return Math.min(SLICE_WORDS, words) * width
}

function bufferBytes(model: Model, form: MatrixForm, head: HeadSpec): number {
  const { block, pooler, poolerStart } = partsOf(model, form, head)
  return Math.max(WeightPlace.bytesOf(block, form), poolerStart + WeightPlace.bytesOf(pooler, form))
}
