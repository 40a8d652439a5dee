import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/lora.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica, noiseKey } from '#main/training/replica.ts'
import { type Point, Sweep, displacedBytes } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { Stream } from '#shared/random/counter.ts'
const [N, S, K] = [Number(process.env.N ?? 16), Number(process.env.S ?? 32), 8]
const model = new Model(process.env.MODEL ?? '../shared/models/encoder', 1)
const { architecture, config } = model
const adapter = blockAdapter(architecture, config, { rank: 8, alpha: 16, targets: ['query', 'value'] })
const layout = parameterLayout(architecture, config, adapter, 4)
const arena = new Arena(streamedBytes(model) + Replica.bytes(layout, 0) + displacedBytes(layout, N))
const replica = new Replica(layout, { seed: 1, poolSize: 0, distribution: 'gaussian', adam: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } }, arena, loadKernels(arena.memory, readFileSync('resources/kernels.wasm')))
const stream = new Stream([3, 4] as never)
const weights = new StreamedWeights(model, arena)
const batch = makeBatch(Array.from({ length: N }, () => ({ ids: Int32Array.from({ length: S }, () => 5 + stream.below(500)), label: stream.below(4) })), 0)
const directions = Array.from({ length: K }, (_, i) => ({ pool: new Float64Array(0), noise: [{ key: noiseKey(1, 1, 0, i), weight: 0.01 }] }))
const points: Point[] = directions.flatMap((direction) => [{ direction, scale: 1e-2 }, { direction, scale: -1e-2 }])
const rss = (f: string) => Number(/(\d+) kB/.exec(readFileSync('/proc/self/status','utf8').split('\n').find((l) => l.startsWith(f))!)![1]) / 1024
await import('onnxruntime-node')
console.log('before', rss('VmRSS'))
const s = process.argv[2] === 'two' ? await Sweep.create(model, weights, layout, adapter, 4, arena) : await TangentSweep.create(model, weights, layout, adapter, 4, arena)
console.log('created', rss('VmRSS'))
for (let i = 0; i < 4; i++) { await (s as any).run(batch, replica.values, process.argv[2] === 'two' ? points : directions, replica.combiner); console.log(rss('VmRSS'), rss('VmHWM')) }
