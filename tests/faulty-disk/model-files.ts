/** What the lab writes of models: conversions that are kept, and what is exported of a session. */
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { exportMerged } from '../../src-main/lab/export/merged-checkpoint.ts'
import { exportPeft } from '../../src-main/lab/export/peft-adapter.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { readConfig } from '../../src-main/models/config.ts'
import { safetensorsBytes } from '../../src-main/models/safetensors/write.ts'
import type { StoredReplica, StoredSession } from '../../src-main/store/session-data.ts'
import { parseScenario } from '../../src-shared/scenario/scenario.ts'
import type { Work } from './work.ts'
import { hold } from './work.ts'

const ROOT = join(import.meta.dirname, '../..')
const MODEL = join(ROOT, 'tests/oracles/bert-tiny')
const resources = sourceResources(ROOT)
const RANK = 2
const LABELS = ['low', 'middle', 'high']

/** A session that trained LoRA matrices of one layer. */
function trained(): { session: StoredSession; checkpoint: StoredReplica } {
  const { hiddenSize } = readConfig(MODEL)
  const stem = 'bert.encoder.layer.0.attention.self'
  const matrices = ['query', 'value'].flatMap((name) =>
    (['lora_A', 'lora_B'] as const).map((matrix) => {
      const shape = matrix === 'lora_A' ? [RANK, hiddenSize] : [hiddenSize, RANK]
      const data = Float32Array.from({ length: RANK * hiddenSize }, (_, i) => i / 100)
      return [`${stem}.${name}.${matrix}.weight`, { dtype: 'F32' as const, shape, data }] as const
    }),
  )
  const scenario = parseScenario(
    {
      model: { checkpoint: MODEL, adapter: { kind: 'lora', rank: RANK, alpha: 4 } },
      data: { train: { path: 'x.tsv' } },
      fleet: [{ profile: 'pixel-4' }],
    },
    'test',
  )
  return {
    session: { id: 'a', scenario } as StoredSession,
    checkpoint: { kind: 'trained', round: 1, position: 1, content: safetensorsBytes(matrices) },
  }
}

/** Every file below a folder with its content, in one text. */
function contentOf(folder: string): string {
  return (readdirSync(folder, { recursive: true }) as string[])
    .toSorted()
    .map((name) => `${name} ${readFileSync(join(folder, name)).toString('base64')}`)
    .join('\n')
}

function exporting(folder: string, sound: string, write: (path: string) => void): Work {
  write(sound)
  const whole = contentOf(sound)
  rmSync(sound, { recursive: true })
  const out = join(folder, 'out')
  return {
    prepare: () => mkdirSync(out),
    run: () => write(join(out, 'model')),
    look(told) {
      const found = readdirSync(out)
      if (told === undefined) hold(found.length === 1 && contentOf(join(out, 'model')) === whole, 'something else was exported')
      else hold(found.length === 0, `it was refused, and ${found.join(', ')} is there`)
    },
  }
}

/** @param folder that the disk has @param beside a folder that never fails */
export function modelWorks(folder: string, beside: string): Record<string, Work> {
  const { session, checkpoint } = trained()
  const sound = join(beside, 'model')
  const cache = join(folder, 'weights')
  return {
    converting: {
      prepare: () => mkdirSync(cache),
      run: () => void frozenWeights(MODEL, 'int8', cache),
      look(told) {
        const left = readdirSync(cache)
        hold(told === undefined ? left.length === 1 : left.length <= 1, `${left.length} files in the cache`)
        const { file } = frozenWeights(MODEL, 'int8', cache)
        hold(readdirSync(cache).length === 1, 'a conversion and something else in the cache')
        // A file of weights is named after its content, so only the one that was made may be taken for sound.
        hold(told !== undefined || file === join(cache, left[0]!), 'what was made is not sound')
      },
    },
    merging: exporting(folder, sound, (path) => void exportMerged(path, session, checkpoint, LABELS, resources)),
    'exporting an adapter': exporting(folder, sound, (path) => void exportPeft(path, session, checkpoint, LABELS, resources)),
  }
}
