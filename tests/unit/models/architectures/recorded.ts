/** The tiny random checkpoint of each architecture, with what PyTorch says of it (tests/oracles/record_architectures.py, record_adapters.py). */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openFile } from '#main/models/safetensors/checkpoint.ts'
import type { Example } from '#main/training/batch.ts'
import { oraclesDirectory } from '../../training/tiny.ts'

interface Outcome {
  readonly logits: number[][]
  readonly losses: number[]
}

export interface Recorded {
  readonly inputIds: number[][]
  readonly labels: number[]
  readonly classification: Outcome
  readonly lora: Outcome & { readonly rank: number; readonly alpha: number }
  readonly words?: Outcome & { readonly ids: number[]; readonly at: number[] }
  readonly language?: { readonly losses: number[] }
}

const directory = join(oraclesDirectory, 'models')

export const recordedModels = readdirSync(directory)

export function recordedDirectory(name: string): string {
  return join(directory, name)
}

export function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(join(directory, name, 'oracle.json'), 'utf8')) as Recorded
}

export function recordedExamples({ inputIds, labels }: Recorded): Example[] {
  return inputIds.map((ids, n) => ({ ids: Int32Array.from(ids), label: labels[n]! }))
}

export interface RecordedAdapter extends Outcome {
  readonly rank?: number
  readonly alpha?: number
  readonly size?: number
}

export function recordedAdapters(name: string): Record<string, RecordedAdapter> {
  return JSON.parse(readFileSync(join(directory, name, 'adapters.json'), 'utf8')) as Record<string, RecordedAdapter>
}

/** Tensors of a file of the model's whose name begins with `kind`/, by the rest of it. */
export function recordedTensors(name: string, kind: string, of: 'gradients' | 'adapters' = 'gradients'): Map<string, Float32Array> {
  using file = openFile(join(directory, name, `${of}.safetensors`))
  return new Map(
    [...file.tensors]
      .filter(([key]) => key.startsWith(`${kind}/`))
      .map(([key, { shape }]) => {
        const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
        file.readFloats(key, data)
        return [key.slice(kind.length + 1), data]
      }),
  )
}
