/** Data paths that name the built-in corpus: `builtin:TASK/SPLIT?rows=N&seed=N`, e.g. `builtin:stance/test?rows=500`. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleTable } from '../examples.ts'
import { corpus, MAXIMUM_ROWS, type CorpusSplit, type CorpusTask } from './corpus.ts'

const PREFIX = 'builtin:'
const DEFAULT_ROWS = { train: 4000, test: 500 }
const DEFAULT_SEED = 1

export function isBuiltInPath(path: string): boolean {
  return path.startsWith(PREFIX)
}

/** The table behind a built-in path; rows count as lines. @throws InputError if the path names no part of the corpus */
export function resolveBuiltIn(path: string): ExampleTable {
  const match = /^builtin:([^/?]*)\/([^/?]*)(?:\?(.*))?$/s.exec(path)
  const [task, split] = [match?.[1], match?.[2]]
  if (!isTask(task) || !isSplit(split)) {
    throw new InputError(path, 'an unknown part of the built-in corpus', `${PREFIX}topic/train, topic/test, stance/train or stance/test`)
  }
  const { rows, seed } = parameters(path, match?.[3] ?? '', split)
  const { texts, labels } = corpus({ task, split, rows, seed })
  return { path, texts, labels, lines: texts.map((_, row) => row + 1) }
}

function parameters(path: string, query: string, split: CorpusSplit): { rows: number; seed: number } {
  const values = { rows: DEFAULT_ROWS[split], seed: DEFAULT_SEED }
  for (const [name, text] of new URLSearchParams(query)) {
    if (name !== 'rows' && name !== 'seed') throw new InputError(path, `the parameter "${name}"`, 'rows or seed')
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    const [least, most] = name === 'rows' ? [1, MAXIMUM_ROWS] : [0, Number.MAX_SAFE_INTEGER]
    if (!(value >= least && value <= most)) throw new InputError(path, `${name}=${text}`, `a whole number from ${least} to ${most}`)
    values[name] = value
  }
  return values
}

function isTask(name: string | undefined): name is CorpusTask {
  return name === 'topic' || name === 'stance'
}

function isSplit(name: string | undefined): name is CorpusSplit {
  return name === 'train' || name === 'test'
}
