/** Checkpoints drawn from the table of keys, and what the lab makes of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import { Model } from '#main/models/model.ts'
import { passedIdOf } from '#main/models/model-config.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import type { Config } from '../../reference/config.ts'
import type { Tensors } from '../../reference/matrix.ts'
import type { Outcome, Text } from '../../reference/model.ts'
import { kernelBytes, replicaSpec } from '../training/tiny.ts'

export const CLASSES = 3
/** Where encoders score words, and which. */
export const AT = 2
export const WORDS = [5, 17, 11]

/** Texts with a second part, with the padding tokens that configs name inside and at their ends. */
export const TEXTS: readonly Text[] = [
  { ids: [3, 9, 22, 14, 6, 11, 19, 4, 8], types: [0, 0, 0, 0, 0, 1, 1, 1, 1] },
  { ids: [5, 1, 7, 20, 1], types: [0, 0, 0, 0, 0] },
  { ids: [12, 2, 18, 2, 10, 1, 2], types: [0, 0, 0, 1, 1, 1, 1] },
]

export function writeCheckpoint(directory: string, config: Config, tensors: Tensors): string {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
  const entries = [...tensors].map(([name, { shape, data }]) => [name, { dtype: 'F32' as const, shape, data }] as const)
  writeSafetensors(join(directory, 'model.safetensors'), entries)
  return directory
}

const HERE = { direction: null, scale: 0 }

async function sweep(model: Model, head: HeadSpec, batch: ReturnType<typeof makeBatch>) {
  const { architecture, config } = model
  const layout = parameterLayout(architecture, config, null, head)
  const arena = new Arena(
    Replica.bytes(layout, { poolSize: 4 }) + displacedBytes(layout, 1) + streamedBytes(model, 'fp32', head) + (1 << 16),
  )
  const kernels = loadKernels(arena.memory, kernelBytes)
  const replica = new Replica(layout, replicaSpec(), model, arena, kernels)
  const weights = new StreamedWeights(model, arena, { kernels, head })
  using own = await Sweep.create(model, weights, layout, null, head, arena)
  return await own.run(batch, replica.values, [HERE], replica.combiner)
}

/** @throws InputError for a checkpoint that is refused */
export async function labOutcome(directory: string, texts: readonly Text[] = TEXTS): Promise<Outcome> {
  using model = new Model(directory, 7)
  const { config, architecture } = model
  const rows = texts.map(({ ids, types }) => ({ ids: Int32Array.from(ids), types: Uint8Array.from(types), label: 0 }))
  const { logits } = await sweep(model, CLASSES, makeBatch(rows, { padId: 0, passedId: passedIdOf(config) }))
  if (!architecture.languageHead(config)) return { logits: [...logits], words: [] }
  if (config.decoder) {
    const batch = makeBatch(rows, { padId: 0, nextWord: true })
    const { losses } = await sweep(model, { kind: 'next-word' }, batch)
    return { logits: [...logits], words: [...losses].map((loss) => (loss * batch.targets) / batch.sequences) }
  }
  const batch = makeBatch(rows, 0)
  batch.pick.fill(0)
  rows.forEach((_, n) => (batch.pick[n * batch.tokens + AT] = 1))
  const scored = await sweep(model, { kind: 'words', ids: WORDS }, batch)
  return { logits: [...logits], words: [...scored.logits] }
}
