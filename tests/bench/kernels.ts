/**
 * Nanoseconds per element of each kernel and of the same loop in plain JavaScript: `node tests/bench/kernels.ts [--json]`.
 * Medians of repeated passes over slices that fit the cache, so memory bandwidth is left out.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { bitsAt, type Key } from '#shared/random/counter.ts'

const n = 16_384
const arena = new Arena(1 << 20)
const kernels = loadKernels(arena.memory, readFileSync(join(import.meta.dirname, '../../resources/kernels.wasm')))
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

/** Median nanoseconds per element of 31 batches, each of about a millisecond. */
function measure(pass: () => void): number {
  const seconds = (passes: number): number => {
    const from = process.hrtime.bigint()
    for (let i = 0; i < passes; i++) pass()
    return Number(process.hrtime.bigint() - from) / 1e9
  }
  seconds(200)
  const passes = Math.max(1, Math.round(1e-3 / (seconds(20) / 20)))
  const batches = Array.from({ length: 31 }, () => seconds(passes) / passes).sort((a, b) => a - b)
  return (batches[15]! / n) * 1e9
}

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

const cases: Record<string, [kernel: () => void, plain: () => void]> = {
  addGaussian: [() => kernels.addGaussian(t, n, 1e-3, key, 0), () => gaussianPlain(addPlain)],
  addRademacher: [() => kernels.addRademacher(t, n, 1e-3, key, 0), () => rademacherPlain(addPlain)],
  axpy: [
    () => kernels.axpy(t, pg, n, 1e-9),
    () => {
      for (let i = 0; i < n; i++) theta[i]! += 1e-9 * g[i]!
    },
  ],
  scale: [
    () => kernels.scale(t, n, 0.999999),
    () => {
      for (let i = 0; i < n; i++) theta[i]! *= 0.999999
    },
  ],
  dot: [() => (sink += kernels.dot(t, pg, n)), dotPlain],
  adam: [() => kernels.adam(t, pm, pv, pg, n, 1e-3, 0.9, 0.99, 1e-8, 0.5, 0.5), adamPlain],
  halfToFloat: [() => kernels.halfToFloat(pg, pn, n), halfToFloatPlain],
  int8ToFloat: [
    () => kernels.int8ToFloat(pg, pn, 1, n, ps),
    () => {
      for (let i = 0; i < n; i++) g[i] = 0.01 * signed[i]!
    },
  ],
  dequantiseAdd3: [() => kernels.dequantiseAdd(pg, pn, n, 3, 1e-3, 1e-3), () => dequantiseAddPlain(3)],
  dequantiseAdd4: [() => kernels.dequantiseAdd(pg, pn, n, 4, 1e-3, 1e-3), () => dequantiseAddPlain(4)],
  dotGaussian: [() => (sink += kernels.dotGaussian(t, n, key, 0)), () => gaussianPlain(sinkPlain)],
  dotRademacher: [() => (sink += kernels.dotRademacher(t, n, key, 0)), () => rademacherPlain(sinkPlain)],
}

const results: Record<string, { kernel: number; plain: number }> = {}
for (const [name, [kernel, plain]] of Object.entries(cases)) {
  theta.fill(1)
  results[name] = { kernel: measure(kernel), plain: measure(plain) }
  const { kernel: ours, plain: theirs } = results[name]
  process.stderr.write(`${name.padEnd(16)} ${ours.toFixed(3).padStart(8)} ns   plain ${theirs.toFixed(3).padStart(8)} ns\n`)
}
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ unit: 'ns/element', elements: n, finite: Number.isFinite(sink), kernels: results }))
