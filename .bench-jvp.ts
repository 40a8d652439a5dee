import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/lora.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica, noiseKey } from '#main/training/replica.ts'
import { type Point, Sweep, displacedBytes } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { Stream } from '#shared/random/counter.ts'
const [N, S, K] = [Number(process.env.N ?? 16), Number(process.env.S ?? 32), 8]
const model = new Model('../shared/models/encoder', 1)
const { architecture, config } = model
const adapter = blockAdapter(architecture, config, { rank: 8, alpha: 16, targets: ['query', 'value'] })
const layout = parameterLayout(architecture, config, adapter, 4)
const arena = new Arena(Replica.bytes(layout, 0) + displacedBytes(layout, 1) + (1 << 20))
const replica = new Replica(layout, { seed: 1, poolSize: 0, distribution: 'gaussian', adam: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } }, arena, loadKernels(arena.memory, readFileSync('resources/kernels.wasm')))
replica.start(model.readClassifier(4))
const stream = new Stream([3, 4] as never)
replica.values.forEach((_, i) => (replica.values[i] = replica.values[i]! + 0.02 * stream.normal()))
const weights = new ResidentWeights(model)
const sweep = await Sweep.create(model, weights, layout, adapter, 4, arena)
const tangent = await TangentSweep.create(model, weights, layout, adapter, 4, arena)
const batch = makeBatch(Array.from({ length: N }, () => ({ ids: Int32Array.from({ length: S }, () => 5 + stream.below(500)), label: stream.below(4) })), 0)
const length = Math.sqrt(layout.size)
const directions = Array.from({ length: K }, (_, i) => ({ pool: new Float64Array(0), noise: [{ key: noiseKey(1, 1, 0, i), weight: 1 / length }] }))
const points: Point[] = directions.flatMap((direction) => [{ direction, scale: 1e-2 }, { direction, scale: -1e-2 }])
const cpu = async (f: () => Promise<unknown>): Promise<number> => { const a = process.cpuUsage(); await f(); const b = process.cpuUsage(a); return (b.user + b.system) / 1000 }
const two: number[] = [], jvp: number[] = [], one: number[] = []
for (let i = 0; i < 10; i++) {
  const a = await cpu(() => sweep.run(batch, replica.values, points, replica.combiner))
  const b = await cpu(() => tangent.run(batch, replica.values, directions, replica.combiner))
  const c = await cpu(() => tangent.run(batch, replica.values, [], replica.combiner))
  if (i >= 3) { two.push(a); jvp.push(b); one.push(c) }
}
const median = (x: number[]) => x.toSorted((p, q) => p - q)[x.length >> 1]!
const { losses } = await sweep.run(batch, replica.values, points, replica.combiner)
const { derivatives } = await tangent.run(batch, replica.values, directions, replica.combiner)
const m = (p: number) => losses.subarray(p * N, (p + 1) * N).reduce((s, x) => s + x, 0) / N
console.log(config.hiddenSize, config.layers, config.heads, config.intermediateSize, 'two', median(two), 'jvp', median(jvp), 'ratio', median(jvp) / median(two), 'values only', median(one), 'passes', tangent.forwardPasses({ sequences: N, tokens: S }, K))
console.log(derivatives.map((d, k) => `${(d.reduce((s, x) => s + x, 0) / N).toFixed(5)}/${((m(2 * k) - m(2 * k + 1)) / 2e-2).toFixed(5)}`).join(' '))
