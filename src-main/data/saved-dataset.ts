/** Folders that Hugging Face's `datasets` wrote with `save_to_disk`: Arrow files in the order of `state.json`, features in `dataset_info.json`. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { readRegular } from './regular-file.ts'
import { quoted } from './formats/unknown-column.ts'

const MAXIMUM_JSON_BYTES = 64 * 2 ** 20

interface SavedDataset {
  /** Absolute paths in the order of the rows. */
  readonly files: readonly string[]
  /** The description of the columns, as in the file. */
  readonly features: unknown
  /** The rows that count, in their order, where the dataset was saved with a selection of them. */
  readonly indices: readonly string[]
}

/** True if a folder is such a dataset, or holds one per split. */
export function isSavedDataset(folder: string): boolean {
  return existsSync(join(folder, 'state.json')) || existsSync(join(folder, 'dataset_dict.json'))
}

/** @throws InputError for a split that isn't there, or files that are not as the library writes them */
export function savedDataset(folder: string, split: string | undefined): SavedDataset {
  const dict = join(folder, 'dataset_dict.json')
  if (existsSync(dict)) return savedDataset(splitFolder(folder, dict, split), undefined)
  const path = join(folder, 'state.json')
  const state = jsonObject(path)
  const own = state['_split']
  if (split !== undefined && typeof own === 'string' && own !== split && basename(folder) !== split) {
    throw new InputError(path, `the split "${own}"`, `the split "${split}" that was asked for`)
  }
  const files = fileNames(state['_data_files'], path)
  if (files.length === 0) throw new InputError(path, 'no _data_files', 'a folder as `save_to_disk` writes it')
  const info = join(folder, 'dataset_info.json')
  return {
    files: files.map((name) => join(folder, name)),
    indices: fileNames(state['_indices_files'] ?? state['_indices_data_files'] ?? [], path).map((name) => join(folder, name)),
    features: existsSync(info) ? (jsonObject(info)['features'] ?? null) : null,
  }
}

function splitFolder(folder: string, dict: string, split: string | undefined): string {
  const { splits } = jsonObject(dict) as { splits?: unknown }
  if (!Array.isArray(splits) || !splits.every(isPlainName)) {
    throw new InputError(dict, 'no list of splits', 'a folder as `save_to_disk` writes it')
  }
  const chosen = split ?? (splits.length === 1 ? splits[0]! : undefined)
  if (chosen === undefined) throw new InputError(folder, `the splits ${quoted(splits)}`, 'one of them: --split ("split" in a scenario)')
  if (!splits.includes(chosen)) throw new InputError(folder, `no split "${chosen}"`, `one of ${quoted(splits)}`)
  return join(folder, chosen)
}

function fileNames(entries: unknown, path: string): string[] {
  const names = Array.isArray(entries) ? entries.map((entry) => (entry as { filename?: unknown } | null)?.filename) : [undefined]
  if (names.every(isPlainName)) return names
  throw new InputError(path, 'files without a plain name', 'a folder as `save_to_disk` writes it')
}

/** True for a bare file name: the files lie beside the one that names them, so paths are refused. */
function isPlainName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name === basename(name) && !name.startsWith('.')
}

function jsonObject(path: string): Record<string, unknown> {
  let value: unknown
  try {
    const bytes = readRegular(path, 'JSON as `save_to_disk` writes it', MAXIMUM_JSON_BYTES)
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError(path, `a file that can't be read (${(cause as Error).message})`, 'JSON as `save_to_disk` writes it', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new InputError(path, 'no object', 'JSON as `save_to_disk` writes it')
}
