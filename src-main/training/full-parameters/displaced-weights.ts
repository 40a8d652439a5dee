/**
 * The weights of a model at a point near theta, read one layer at a time into one buffer and moved there in place. The next point reads
 * the layer again, from the page cache: adding a direction and taking it away again would leave its rounding behind.
 */
import { Arena } from '#main/engine/arena.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'
import { isClassifier } from '#main/models/heads.ts'
import type { Weights } from '#main/models/weights.ts'
import type { Parameter } from '../parameters.ts'
import type { ProbePoint } from '../sweep.ts'
import type { FullReplica } from './full-replica.ts'
import { type WeightLayout, rangeOf } from './weight-layout.ts'

export class DisplacedWeights implements Weights {
  readonly form = 'fp32'
  private readonly replica: FullReplica
  /** A buffer for one layer; `row` is one for a row of an embedding table. */
  private readonly layer: Float32Array
  private readonly row: Float32Array
  private point: ProbePoint = { direction: null, scale: 0 }

  constructor(replica: FullReplica, arena: Arena) {
    this.replica = replica
    this.layer = arena.floats(largestLayer(replica.layout))
    this.row = arena.floats(rowLength(replica.layout))
  }

  /** Returns the bytes it takes of an arena. */
  static bytes(layout: WeightLayout): number {
    return Arena.sizeOf(4 * largestLayer(layout)) + Arena.sizeOf(4 * rowLength(layout))
  }

  /** Moves to `point`, at which weights are read from now on. Feeds are valid until another layer is asked for. */
  moveTo(point: ProbePoint): void {
    this.point = point
  }

  block(layer: number): Feeds {
    return this.read(this.replica.layout.byLayer[layer]!)
  }

  /** Pooler and classifier, the latter as one copy. */
  pooler(): Feeds {
    return this.read(this.replica.layout.byLayer.at(-1)!)
  }

  embeddingNorm(): Feeds {
    const { embedding, tables } = this.replica.layout
    return this.read(embedding.filter(({ input }) => !tables.includes(input)))
  }

  embeddingRows(table: string, ids: Int32Array, out: Float32Array): void {
    const { offset, columns } = this.replica.layout.embedding.find(({ input }) => input === table)!
    const firstAt = new Map<number, number>()
    ids.forEach((id, i) => {
      const earlier = firstAt.get(id)
      if (earlier !== undefined) return void out.copyWithin(i * columns, earlier * columns, (earlier + 1) * columns)
      const row = this.row.subarray(0, columns)
      this.replica.readAt(this.point, offset + id * columns, row)
      out.set(row, i * columns)
      firstAt.set(id, i)
    })
  }

  outputSlice(): never {
    throw new Error('every weight is trained for classes only')
  }

  private read(weights: readonly Parameter[]): Feeds {
    if (weights.length === 0) return {}
    const { offset: first, size } = rangeOf(weights)
    this.replica.readAt(this.point, first, this.layer.subarray(0, size))
    return Object.fromEntries(
      weights.map(({ input, shape, offset, size: length }) => [
        input,
        {
          data: this.layer.subarray(offset - first, offset - first + length),
          dims: isClassifier(input) ? [1, ...shape] : shape,
        },
      ]),
    )
  }
}

function largestLayer({ byLayer }: WeightLayout): number {
  return byLayer.reduce((most, weights) => Math.max(most, rangeOf(weights).size), 0)
}

function rowLength({ embedding, tables }: WeightLayout): number {
  return Math.max(...embedding.filter(({ input }) => tables.includes(input)).map(({ columns }) => columns))
}
