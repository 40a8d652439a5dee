/**
 * The engine's inner loops as WASM SIMD (source in assembly/, built by `npm run kernels`). They use only IEEE basic operations and
 * square roots, in an order fixed by the arguments, so results are bit-identical on every machine.
 */
import type { Key } from '#shared/random/counter.ts'

/** The number of bits per value of a packed row. */
export type PackedBits = 1 | 2 | 3 | 4 | 6 | 8 | 16

/**
 * Slices are byte addresses in `memory`; n counts elements. float32 unless said otherwise; 16-byte alignment is fastest, not required.
 * Random numbers z(key, i) depend only on the key and the absolute index i = offset + position, so a range may be split anywhere and
 * replayed in any order with bit-identical results. Gaussian and Rademacher numbers of one key are independent. Offsets are whole and
 * offset + n is at most 2^33, else RangeError. An address outside the memory is a WebAssembly.RuntimeError.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory
  /** p[i] += scale * z, z normal with mean 0 and variance 1, |z| < 6.7. */
  addGaussian(p: number, n: number, scale: number, key: Key, offset: number): void
  /** Adds random signs: p[i] += scale * z, with z = +1 or -1. */
  addRademacher(p: number, n: number, scale: number, key: Key, offset: number): void
  /** Sum of p[i] * z with z of addGaussian, accumulated in float64. */
  dotGaussian(p: number, n: number, key: Key, offset: number): number
  /** Sum of p[i] * z with z of addRademacher, accumulated in float64. */
  dotRademacher(p: number, n: number, key: Key, offset: number): number
  /** Computes y[i] += a * x[i]. */
  axpy(y: number, x: number, n: number, a: number): void
  /** Computes x[i] *= a. */
  scale(x: number, n: number, a: number): void
  /** Sum of x[i] * y[i], accumulated in float64. */
  dot(x: number, y: number, n: number): number
  /** Sum of x[i]^2, accumulated in float64. */
  squaredNorm(x: number, n: number): number
  /**
   * Takes one Adam step in one pass: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; theta -= learningRate (m / correction1) / (sqrt(v /
   * correction2) + epsilon). At step t the corrections are 1 - beta^t.
   */
  adam(
    theta: number,
    m: number,
    v: number,
    g: number,
    n: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    correction1: number,
    correction2: number,
  ): void
  /** float16 [n] at src widened to float32 [n] at dst, exactly. Of this and the next two src may be the last bytes of dst. */
  halfToFloat(dst: number, src: number, n: number): void
  /** bfloat16 [n] at src widened to float32 [n] at dst, exactly. */
  bfloat16ToFloat(dst: number, src: number, n: number): void
  /** dst[r][c] = scales[r] * src[r][c] with int8 src [rows, columns] and float32 scales [rows]. */
  int8ToFloat(dst: number, src: number, rows: number, columns: number, scales: number): void
  /**
   * Packs float32 [n] at src into the codes that `dequantiseAdd` takes: q = src[i] / scale to the nearest whole number, halves away from 0,
   * within +-(2^(bits-1) - 1); bits = 1: its sign. Writes ceil(n bits / 8) bytes.
   */
  quantise(dst: number, src: number, n: number, bits: PackedBits, scale: number): void
  /**
   * dst[i] += weight * scale * q[i] from one packed row: little-endian bit order, least significant bit first, ceil(n bits / 8) bytes,
   * read no further. bits = 1: a set bit is q = +1, a clear one -1. bits >= 2: the unsigned code is q + 2^(bits-1) - 1.
   */
  dequantiseAdd(dst: number, src: number, n: number, bits: PackedBits, scale: number, weight: number): void
}

/** The exports of the WASM module; see assembly/index.ts. */
interface Exports extends Pick<Kernels, 'axpy' | 'scale' | 'dot' | 'halfToFloat' | 'bfloat16ToFloat' | 'int8ToFloat' | 'quantise'> {
  addGaussian(p: number, n: number, scale: number, key0: number, key1: number, offset: number): void
  addRademacher(p: number, n: number, scale: number, key0: number, key1: number, offset: number): void
  dotGaussian(p: number, n: number, key0: number, key1: number, offset: number): number
  dotRademacher(p: number, n: number, key0: number, key1: number, offset: number): number
  adam(...slicesThenConstants: number[]): void
  dequantiseAdd(dst: number, src: number, n: number, bits: number, factor: number): void
}

/** Instantiates the bytes of resources/kernels.wasm over `memory`. */
export function loadKernels(memory: WebAssembly.Memory, wasm: BufferSource): Kernels {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } })
  const raw = instance.exports as unknown as Exports
  return {
    memory,
    addGaussian(p, n, scale, key, offset) {
      checkRange(offset, n)
      raw.addGaussian(p, n, scale, key[0], key[1], offset)
    },
    addRademacher(p, n, scale, key, offset) {
      checkRange(offset, n)
      raw.addRademacher(p, n, scale, key[0], key[1], offset)
    },
    dotGaussian(p, n, key, offset) {
      checkRange(offset, n)
      return raw.dotGaussian(p, n, key[0], key[1], offset)
    },
    dotRademacher(p, n, key, offset) {
      checkRange(offset, n)
      return raw.dotRademacher(p, n, key[0], key[1], offset)
    },
    axpy: raw.axpy,
    scale: raw.scale,
    dot: raw.dot,
    squaredNorm: (x, n) => raw.dot(x, x, n),
    adam(theta, m, v, g, n, learningRate, beta1, beta2, epsilon, correction1, correction2) {
      const step = learningRate / correction1
      raw.adam(theta, m, v, g, n, beta1, 1 - beta1, beta2, 1 - beta2, step, 1 / Math.sqrt(correction2), epsilon)
    },
    halfToFloat: raw.halfToFloat,
    bfloat16ToFloat: raw.bfloat16ToFloat,
    int8ToFloat: raw.int8ToFloat,
    quantise: raw.quantise,
    dequantiseAdd: (dst, src, n, bits, scale, weight) => raw.dequantiseAdd(dst, src, n, bits, weight * scale),
  }
}

// Four counters serve eight Gaussian numbers, and counters have 32 bits.
const RANGE_END = 2 ** 33

function checkRange(offset: number, n: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + n > RANGE_END) {
    throw new RangeError(`random numbers ${offset} to ${offset + n}: the range must lie within 0 and 2^33`)
  }
}
