/** Checkpoints made from the recorded tiny BERT by leaving out, renaming or reshaping tensors. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'

export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}
export type Tensors = Map<string, Tensor>

const original = join(import.meta.dirname, '../../oracles/bert-tiny')

export function tinyTensors(): Tensors {
  const checkpoint = openCheckpoint(original)
  const tensors: Tensors = new Map()
  for (const [name, { shape }] of checkpoint.tensors) {
    const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
    checkpoint.readFloats(name, data, 0)
    tensors.set(name, { shape, data })
  }
  checkpoint.close()
  return tensors
}

export class Variants {
  readonly directory = mkdtempSync(join(tmpdir(), 'cooperlab-model-'))
  private count = 0

  /** The directory of a checkpoint with what `change` makes of the tensors. */
  make(change: (tensors: Tensors) => Tensors, config: object = {}): string {
    const directory = join(this.directory, String(this.count++))
    mkdirSync(directory)
    cpSync(join(original, 'tokenizer.json'), join(directory, 'tokenizer.json'))
    const own = JSON.parse(readFileSync(join(original, 'config.json'), 'utf8')) as object
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...own, ...config }))
    const tensors = [...change(tinyTensors())].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data }] as const)
    writeSafetensors(join(directory, 'model.safetensors'), tensors)
    return directory
  }
}

export const renamed =
  (rename: (name: string) => string) =>
  (tensors: Tensors): Tensors =>
    new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]))

export const without =
  (left: (name: string) => boolean) =>
  (tensors: Tensors): Tensors =>
    new Map([...tensors].filter(([name]) => !left(name)))
