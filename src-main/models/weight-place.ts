/** The place of one model part's weights in an arena, with matrices in one of their forms, and how they are read into it. */
import { INT4_BLOCK, scaleInput } from '#main/engine/operators/frozen-weight.ts'
import { type MatrixForm, elementCount } from '#main/engine/onnx/graph.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'
import { Arena } from '#main/engine/arena.ts'
import type { WeightSpec } from './architectures/architecture.ts'
import type { Model } from './model.ts'
import { STORED_AS, formOf, narrow, packInt4 } from './precision.ts'
import type { Widen } from './safetensors/widen-in-place.ts'

const BYTES = { fp32: 4, fp16: 2, int8: 1, int4: 0.5 } as const satisfies Record<MatrixForm, number>

interface Place {
  readonly spec: WeightSpec
  readonly values: Float32Array | Uint16Array | Int8Array | Uint8Array
  /** The scales, one per row of an int8 matrix or per block of an int4 one, else empty. */
  readonly scales: Float32Array
}

export class WeightPlace {
  readonly feeds: Feeds
  private readonly places: readonly Place[]
  private readonly form: MatrixForm

  /** @param start where in the arena, in bytes; `bytesOf` says how many it takes */
  constructor(specs: readonly WeightSpec[], form: MatrixForm, memory: ArrayBuffer, start: number) {
    this.form = form
    let next = start
    const take = (bytes: number): number => {
      const at = next
      next += Arena.sizeOf(bytes)
      return at
    }
    this.places = specs.map((spec) => {
      const size = elementCount(spec.shape)
      const own = formOf(spec, form)
      const at = take(BYTES[own] * size)
      if (own === 'fp32') return { spec, values: new Float32Array(memory, at, size), scales: NO_SCALES }
      if (own === 'fp16') return { spec, values: new Uint16Array(memory, at, size), scales: NO_SCALES }
      const scales = scaleCount(spec, own)
      const place = new Float32Array(memory, take(4 * scales), scales)
      return { spec, values: own === 'int8' ? new Int8Array(memory, at, size) : new Uint8Array(memory, at, size / 2), scales: place }
    })
    this.feeds = Object.fromEntries(
      this.places.flatMap(({ spec: { name, shape, linear }, values, scales }) => [
        [name, { data: values, dims: values instanceof Uint8Array ? packedDims(linear!.inFeatures, values.length) : shape }],
        ...(scales.length > 0 ? [[scaleInput(name), { data: scales, dims: [scales.length] }]] : []),
      ]),
    ) as Feeds
  }

  /** Bytes that a part takes, every tensor aligned as the arena aligns. */
  static bytesOf(specs: readonly WeightSpec[], form: MatrixForm): number {
    return specs.reduce((sum, spec) => {
      const own = formOf(spec, form)
      const scales = own === 'int8' || own === 'int4' ? Arena.sizeOf(4 * scaleCount(spec, own)) : 0
      return sum + Arena.sizeOf(BYTES[own] * elementCount(spec.shape)) + scales
    }, 0)
  }

  /** Reads the part's weights, whose names follow `prefix`. What the checkpoint has in another form is converted on the way. */
  fill(model: Model, prefix: string, widen: Widen): void {
    for (const { spec, values, scales } of this.places) {
      const name = spec.shared ? spec.name : prefix + spec.name
      if (values instanceof Float32Array) model.read(name, values, 0, widen)
      else if (model.storedAs(name) === STORED_AS[formOf(spec, this.form)]) model.readStored(name, { values, scales })
      else {
        const floats = new Float32Array(elementCount(spec.shape))
        model.read(name, floats, 0, widen)
        const where = `${model.directory}: tensor ${name}`
        if (values instanceof Uint8Array) packInt4(floats, spec.linear!, { values, scales }, where)
        else narrow(floats, spec.shape[1]!, { values, scales }, where)
      }
    }
  }
}

const NO_SCALES = new Float32Array(0)

function scaleCount({ shape }: WeightSpec, form: 'int8' | 'int4' | MatrixForm): number {
  return form === 'int4' ? elementCount(shape) / INT4_BLOCK : shape[0]!
}

/** Returns the dimensions in which the runtime takes a packed matrix: [out, blocks, bytes]. */
function packedDims(inFeatures: number, bytes: number): number[] {
  const blocks = inFeatures / INT4_BLOCK
  return [(2 * bytes) / inFeatures, blocks, INT4_BLOCK / 2]
}
