/** The few operations that transformers are made of, in float64 on rows, one text at a time: plain enough to be right by reading. */

export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}
export type Tensors = ReadonlyMap<string, Tensor>
/** [tokens][features] */
export type Rows = readonly Float64Array[]

export class Weights {
  private readonly tensors: Tensors

  constructor(tensors: Tensors) {
    this.tensors = tensors
  }

  has(name: string): boolean {
    return this.tensors.has(name)
  }

  get(name: string): Tensor {
    const tensor = this.tensors.get(name)
    if (!tensor) throw new Error(`no tensor ${name}`)
    return tensor
  }

  row(name: string, index: number): Float64Array {
    const { shape, data } = this.get(name)
    const width = shape[1]!
    if (index < 0 || index >= shape[0]!) throw new Error(`${name} has no row ${index}`)
    return Float64Array.from(data.subarray(index * width, (index + 1) * width))
  }

  /** y = W x + b, or x W + b for a weight stored [in, out]; without b where there is none. */
  linear(x: Rows, name: string, stored: 'out-in' | 'in-out' = 'out-in'): Float64Array[] {
    const { shape, data } = this.get(`${name}.weight`)
    const [inputs, outputs] = stored === 'out-in' ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!]
    const bias = this.has(`${name}.bias`) ? this.get(`${name}.bias`).data : null
    return x.map((row) =>
      Float64Array.from({ length: outputs }, (_, o) => {
        let sum = bias ? bias[o]! : 0
        for (let i = 0; i < inputs; i++) sum += row[i]! * data[stored === 'out-in' ? o * inputs + i : i * outputs + o]!
        return sum
      }),
    )
  }

  layerNorm(x: Rows, name: string, epsilon: number): Float64Array[] {
    const [scale, shift] = [this.get(`${name}.weight`).data, this.get(`${name}.bias`).data]
    return x.map((row) => {
      const mean = total(row) / row.length
      const variance = total(row.map((value) => (value - mean) ** 2)) / row.length
      return row.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * scale[i]! + shift[i]!)
    })
  }

  rmsNorm(x: Rows, name: string, epsilon: number): Float64Array[] {
    const scale = this.get(`${name}.weight`).data
    return x.map((row) => {
      const square = total(row.map((value) => value * value)) / row.length
      return row.map((value, i) => (value / Math.sqrt(square + epsilon)) * scale[i]!)
    })
  }
}

export function plus(a: Rows, b: Rows): Float64Array[] {
  return a.map((row, s) => row.map((value, i) => value + b[s]![i]!))
}

export function times(a: Rows, b: Rows): Float64Array[] {
  return a.map((row, s) => row.map((value, i) => value * b[s]![i]!))
}

export function each(x: Rows, change: (value: number) => number): Float64Array[] {
  return x.map((row) => row.map(change))
}

export function total(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0)
}

/** Features of one head. */
export function part(row: Float64Array, head: number, width: number): Float64Array {
  return row.subarray(head * width, (head + 1) * width)
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** @param score of key j for query i @returns the values of one head, weighed by softmax over the keys that are seen */
export function attend(
  count: number,
  values: Rows,
  score: (i: number, j: number) => number,
  seen: (i: number, j: number) => boolean,
): Float64Array[] {
  return Array.from({ length: count }, (_, i) => {
    const scores = Array.from({ length: count }, (__, j) => (seen(i, j) ? score(i, j) : -Infinity))
    const most = Math.max(...scores)
    const powers = scores.map((value) => Math.exp(value - most))
    const sum = total(powers)
    const out = new Float64Array(values[0]!.length)
    powers.forEach((power, j) => out.forEach((value, d) => (out[d] = value + (power / sum) * values[j]![d]!)))
    return out
  })
}

/** [heads][tokens][width] beside each other. */
export function joined(heads: readonly Rows[]): Float64Array[] {
  return heads[0]!.map((_, s) => Float64Array.from(heads.flatMap((head) => [...head[s]!])))
}

/** erf by its series near 0 and its continued fraction beyond: exact to 1e-12. */
function erf(x: number): number {
  if (Math.abs(x) < 3) {
    let [term, sum] = [x, x]
    for (let n = 1; n < 120; n++) {
      term *= -(x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  const z = Math.abs(x)
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction)
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction))
}

const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2))
const geluByTanh = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
const silu = (x: number): number => x / (1 + Math.exp(-x))

/** Activations under the names that transformers has for them. */
export const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  gelu,
  gelu_python: gelu,
  gelu_new: geluByTanh,
  gelu_fast: geluByTanh,
  gelu_pytorch_tanh: geluByTanh,
  gelu_accurate: geluByTanh,
  relu: (x) => Math.max(0, x),
  silu,
  swish: silu,
}
