/** Checkpoints that a bench measures on: the one it was given, else the lab's own and some of published sizes made for the occasion. */
import { basename } from 'node:path'
import { scratchFolder } from '#main/machine/scratch.ts'
import { readConfig } from '#main/models/config.ts'
import { checkpointDirectory } from '#main/machine/resources.ts'
import type { BenchRequest } from './bench-definition.ts'
import { type PublishedShape, shapes, writeRandomCheckpoint } from './random-checkpoint.ts'

export interface NamedCheckpoint {
  /** The name in the report. */
  readonly name: string
  /** The absolute path. */
  readonly path: string
  /** True for models as small as the built-in one: their passes take milliseconds, so that rounds are cheap and memory traffic weighs little. */
  readonly small: boolean
}

const SMALL_HIDDEN_SIZE = 256

/** Calls `measure` on each in turn; what was made (up to 1.4 GB in the temporary directory) is removed after it. A quick bench has the lab's own only. */
export async function onCheckpoints<T>(
  { checkpoint, quick, resources, onProgress }: BenchRequest,
  published: readonly PublishedShape[],
  measure: (checkpoint: NamedCheckpoint) => Promise<T>,
): Promise<T[]> {
  if (checkpoint !== null) return [await measure(named(basename(checkpoint), checkpoint))]
  const results = [await measure(named('builtin:encoder', checkpointDirectory(resources, 'builtin:encoder')))]
  for (const shape of quick ? [] : published) {
    using folder = scratchFolder(resources.scratch, 'bench')
    onProgress(`writing a ${shape} with random weights`)
    writeRandomCheckpoint(folder.path, shapes[shape], 1)
    results.push(await measure(named(`${shape}, random weights`, folder.path)))
  }
  return results
}

function named(name: string, path: string): NamedCheckpoint {
  return { name, path, small: readConfig(path).hiddenSize < SMALL_HIDDEN_SIZE }
}
