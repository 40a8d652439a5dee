/** Applies updates 1 to `rounds` to the replica in a folder and tells each one done, for a test that ends it at any moment. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { FullReplica } from '#main/training/full-parameters/full-replica.ts'
import { weightLayout } from '#main/training/full-parameters/weight-layout.ts'

const [checkpoint, kernels, directory, updates] = process.argv.slice(2)
const { architecture, config } = new Model(checkpoint!, 7)
const layout = weightLayout(architecture, config, 3)
const arena = new Arena(FullReplica.bytes)
const spec = { seed: 7, poolSize: 0, distribution: 'gaussian', adam: { beta1: 0, beta2: 0, epsilon: 1 } } as const
const files = { start: join(directory!, 'start.safetensors'), own: join(directory!, 'model.safetensors') }
const replica = new FullReplica(layout, spec, files, arena, loadKernels(arena.memory, readFileSync(kernels!)))
for (const update of JSON.parse(updates!) as string[]) {
  replica.apply(Buffer.from(update, 'hex'))
  process.stdout.write(`${replica.round} ${replica.digest()}\n`)
}
