/** Checkpoints that a bench measures on: the one it was given, else the lab's own and one of a published size made for the occasion. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { checkpointDirectory } from '../resources.ts'
import type { BenchRequest } from './bench.ts'
import { shapes, writeRandomCheckpoint } from './random-checkpoint.ts'

/** Name in the report, and absolute path. */
export interface NamedCheckpoint {
  readonly name: string
  readonly path: string
}

/** Calls `measure` on each in turn; what was made (0.4 GB in the temporary directory) is removed after it. */
export async function onCheckpoints<T>(request: BenchRequest, measure: (checkpoint: NamedCheckpoint) => Promise<T>): Promise<T[]> {
  const { checkpoint, quick, resources, onProgress } = request
  if (checkpoint !== null) return [await measure({ name: basename(checkpoint), path: checkpoint })]
  const results = [await measure({ name: 'builtin:encoder', path: checkpointDirectory(resources, 'builtin:encoder') })]
  if (quick) return results
  const directory = mkdtempSync(join(tmpdir(), 'cooperlab-bench-'))
  try {
    onProgress('writing a BERT-base with random weights')
    const path = join(directory, 'bert-base')
    writeRandomCheckpoint(path, shapes['bert-base'], 1)
    results.push(await measure({ name: 'BERT-base, random weights', path }))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return results
}
