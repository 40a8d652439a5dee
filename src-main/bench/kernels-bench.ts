/**
 * `kernels`: nanoseconds per element of each kernel and of the same loop in plain JavaScript. Medians of repeated passes over slices
 * that fit the cache, so memory bandwidth is left out.
 */
import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { bitsAt, type Key } from '#shared/random/counter.ts'
import { kernelsPath } from '#main/machine/resources.ts'
import { type Bench, median } from './bench-definition.ts'

interface KernelFigures {
  readonly kernel: string
  readonly nanosecondsPerElement: number
  readonly plainNanosecondsPerElement: number
  /** The plain time over the kernel's time. */
  readonly timesFaster: number
  /** Nanoseconds per element it is meant to take at most; null where nothing is promised. */
  readonly aim: number | null
  readonly met: boolean | null
}

interface Case {
  readonly kernel: () => void
  readonly plain: () => void
}

const n = 16_384

/** The aims in nanoseconds per element. */
const AIMS: Readonly<Record<string, number>> = { addGaussian: 2.5, addRademacher: 0.5 }

export const kernelsBench: Bench = {
  name: 'kernels',
  run: async ({ resources, quick, onProgress }) => {
    const results = Object.entries(cases(readFileSync(kernelsPath(resources)))).map(([kernel, { kernel: ours, plain }]): KernelFigures => {
      onProgress(kernel)
      const [fast, slow] = [measure(ours, quick), measure(plain, quick)]
      const aim = AIMS[kernel] ?? null
      const met = aim === null ? null : fast <= aim
      return { kernel, nanosecondsPerElement: fast, plainNanosecondsPerElement: slow, timesFaster: slow / fast, aim, met }
    })
    return {
      results,
      table: {
        columns: ['kernel', 'WebAssembly', 'JavaScript', 'faster by', 'aim'],
        rows: results.map((r) => [
          r.kernel,
          `${r.nanosecondsPerElement.toFixed(3)} ns`,
          `${r.plainNanosecondsPerElement.toFixed(3)} ns`,
          `${r.timesFaster.toFixed(1)} times`,
          r.aim === null ? '' : `at most ${r.aim} ns: ${r.met ? 'met' : 'missed'}`,
        ]),
      },
      notes: [`processor time per element, medians, slices of ${n} elements (in cache)`],
    }
  },
}

/** Median nanoseconds per element of batches that take about a millisecond each. */
function measure(pass: () => void, quick: boolean): number {
  const seconds = (passes: number): number => {
    const from = process.cpuUsage()
    for (let i = 0; i < passes; i++) pass()
    const { user, system } = process.cpuUsage(from)
    return (user + system) / 1e6
  }
  seconds(quick ? 2 : 200)
  const trial = quick ? 2 : 20
  const passes = Math.max(1, Math.round((quick ? 1e-4 : 1e-3) / (seconds(trial) / trial)))
  return (median(Array.from({ length: quick ? 3 : 31 }, () => seconds(passes) / passes)) / n) * 1e9
}

/** The kernels over one arena, each beside the same loop in JavaScript. */
function cases(wasm: BufferSource): Record<string, Case> {
  const arena = new Arena(1 << 20)
  const kernels = loadKernels(arena.memory, wasm)
  const key: Key = [1, 2]
  const [theta, m, v, g] = [arena.floats(n), arena.floats(n), arena.floats(n), arena.floats(n)]
  const narrow = arena.bytes(2 * n)
  const halves = new Uint16Array(narrow.buffer, narrow.byteOffset, n)
  const signed = new Int8Array(narrow.buffer, narrow.byteOffset, n)
  const rowScale = arena.floats(1).fill(0.01)
  const [t, pm, pv, pg, pn, ps] = [theta, m, v, g, narrow, rowScale].map((view) => arena.offsetOf(view)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  for (let i = 0; i < n; i++) {
    theta[i] = Math.sin(i)
    g[i] = Math.cos(i)
    halves[i] = 0x3c00 + (i & 1023)
  }
  let sink = 0

  /** Calls `use` with every index and its number. */
  function gaussianPlain(use: (i: number, z: number) => void): void {
    for (let i = 0; i < n; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((bitsAt(key, i) + 0.5) / 2 ** 32))
      const angle = (bitsAt(key, i + 1) / 2 ** 32) * 2 * Math.PI
      use(i, radius * Math.cos(angle))
      use(i + 1, radius * Math.sin(angle))
    }
  }

  function rademacherPlain(use: (i: number, z: number) => void): void {
    for (let i = 0; i < n; i += 32) {
      const bits = bitsAt(key, i >> 5)
      for (let j = 0; j < 32; j++) use(i + j, (bits >>> j) & 1 ? -1 : 1)
    }
  }

  const addPlain = (i: number, z: number): void => {
    theta[i]! += 1e-3 * z
  }
  const sinkPlain = (i: number, z: number): void => {
    sink += theta[i]! * z
  }

  function dotPlain(): void {
    let sum = 0
    for (let i = 0; i < n; i++) sum += theta[i]! * g[i]!
    sink += sum
  }

  function squaredNormPlain(): void {
    let sum = 0
    for (let i = 0; i < n; i++) sum += g[i]! * g[i]!
    sink += sum
  }

  function adamPlain(): void {
    for (let i = 0; i < n; i++) {
      const first = (m[i] = 0.9 * m[i]! + 0.1 * g[i]!)
      const second = (v[i] = 0.99 * v[i]! + 0.01 * g[i]! * g[i]!)
      theta[i]! -= (1e-3 * (first / 0.5)) / (Math.sqrt(second / 0.5) + 1e-8)
    }
  }

  function halfToFloatPlain(): void {
    for (let i = 0; i < n; i++) {
      const exponent = (halves[i]! >> 10) & 31
      const fraction = halves[i]! & 1023
      const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
      g[i] = halves[i]! & 0x8000 ? -size : size
    }
  }

  function dequantiseAddPlain(bits: number): void {
    const mask = 2 ** bits - 1
    const bias = 2 ** (bits - 1) - 1
    for (let i = 0; i < n; i++) {
      const at = i * bits
      const code = ((narrow[at >> 3]! | (narrow[(at >> 3) + 1]! << 8)) >> (at & 7)) & mask
      g[i]! += 1e-6 * (code - bias)
    }
  }

  function quantisePlain(bits: number): void {
    const levels = 2 ** (bits - 1) - 1
    let pending = 0
    let waiting = 0
    let next = 0
    for (let i = 0; i < n; i++) {
      const ratio = g[i]! / 1e-3
      const code = Math.max(-levels, Math.min(levels, Math.sign(ratio) * Math.round(Math.abs(ratio))))
      pending |= (code + levels) << waiting
      for (waiting += bits; waiting >= 8; waiting -= 8) {
        narrow[next++] = pending & 0xff
        pending >>>= 8
      }
    }
  }

  function axpyPlain(): void {
    for (let i = 0; i < n; i++) theta[i]! += 1e-9 * g[i]!
  }

  function scalePlain(): void {
    for (let i = 0; i < n; i++) theta[i]! *= 0.999999
  }

  function int8ToFloatPlain(): void {
    for (let i = 0; i < n; i++) g[i] = 0.01 * signed[i]!
  }

  return {
    addGaussian: { kernel: () => kernels.addGaussian(t, n, 1e-3, key, 0), plain: () => gaussianPlain(addPlain) },
    addRademacher: { kernel: () => kernels.addRademacher(t, n, 1e-3, key, 0), plain: () => rademacherPlain(addPlain) },
    axpy: { kernel: () => kernels.axpy(t, pg, n, 1e-9), plain: axpyPlain },
    scale: { kernel: () => kernels.scale(t, n, 0.999999), plain: scalePlain },
    dot: { kernel: () => (sink += kernels.dot(t, pg, n)), plain: dotPlain },
    squaredNorm: { kernel: () => (sink += kernels.squaredNorm(pg, n)), plain: squaredNormPlain },
    adam: { kernel: () => kernels.adam(t, pm, pv, pg, n, 1e-3, 0.9, 0.99, 1e-8, 0.5, 0.5), plain: adamPlain },
    halfToFloat: { kernel: () => kernels.halfToFloat(pg, pn, n), plain: halfToFloatPlain },
    int8ToFloat: { kernel: () => kernels.int8ToFloat(pg, pn, 1, n, ps), plain: int8ToFloatPlain },
    quantise4: { kernel: () => kernels.quantise(pn, pg, n, 4, 1e-3), plain: () => quantisePlain(4) },
    dequantiseAdd3: { kernel: () => kernels.dequantiseAdd(pg, pn, n, 3, 1e-3, 1e-3), plain: () => dequantiseAddPlain(3) },
    dequantiseAdd4: { kernel: () => kernels.dequantiseAdd(pg, pn, n, 4, 1e-3, 1e-3), plain: () => dequantiseAddPlain(4) },
    dotGaussian: { kernel: () => (sink += kernels.dotGaussian(t, n, key, 0)), plain: () => gaussianPlain(sinkPlain) },
    dotRademacher: { kernel: () => (sink += kernels.dotRademacher(t, n, key, 0)), plain: () => rademacherPlain(sinkPlain) },
  }
}
