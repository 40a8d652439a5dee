/** The table files of a folder: a set for each phone, or the splits and shards of a Hugging Face dataset. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'

const MAXIMUM_FILES = 10_000

export function isFolder(path: string): boolean {
  // A path that can't be one is the reader's to report.
  return !path.includes('\0') && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
}

/**
 * Absolute paths in the order of the names. A dataset that was downloaded has its files in `data`.
 * @param split of `train-00000-of-00002.parquet` and `train.jsonl` it is train; in a folder `train` it is all files
 * @throws InputError if there are none
 */
export function tableFiles(folder: string, split: string | undefined, isTable: (name: string) => boolean): string[] {
  const below = split === undefined ? [folder, join(folder, 'data')] : [folder, join(folder, 'data'), join(folder, split)]
  for (const place of below.filter(isFolder)) {
    const all = readdirSync(place, { withFileTypes: true })
    const names = all.filter((entry) => entry.isFile() && !entry.name.startsWith('.') && isTable(entry.name)).map(({ name }) => name)
    const own = split === undefined || place === join(folder, split) ? names : names.filter((name) => splitOf(name) === split)
    if (own.length > MAXIMUM_FILES) throw new InputError(place, `${own.length} files`, `at most ${MAXIMUM_FILES}`)
    // Not by locale: which phone has which file must be the same on every machine.
    if (own.length > 0) return own.sort().map((name) => join(place, name))
  }
  const wanted = split === undefined ? 'files' : `files of the split "${split}"`
  throw new InputError(folder, `no ${wanted}`, 'a folder with tsv, csv, jsonl or parquet files')
}

function splitOf(name: string): string {
  return name.replace(/\.[^.]*$/, '').replace(/-\d{5}-of-\d{5}$/, '')
}
