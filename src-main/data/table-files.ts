/** The table files of a folder: a set for each phone, or the splits and shards of a Hugging Face dataset. */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { quoted } from './formats/unknown-column.ts'
import { unpackedName } from './unpack.ts'

const MAXIMUM_FILES = 10_000

/** Other names of a split, as Hugging Face's library takes them. */
const ALIASES: readonly (readonly string[])[] = [
  ['train', 'training'],
  ['validation', 'valid', 'val', 'dev'],
  ['test', 'testing', 'eval', 'evaluation'],
]
/** Files that describe tables and hold none. */
const DESCRIPTIONS = new Set(['dataset_infos.json', 'dataset_info.json', 'dataset_dict.json', 'state.json', 'config.json'])
const SPLITS = new Set(ALIASES.flat())

export function isFolder(path: string): boolean {
  // A path that can't be opened is left to the reader to report.
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/**
 * Absolute paths in the order of the names. A dataset that was downloaded has its files in `data`.
 * @param split of `train-00000-of-00002-0123456789abcdef.parquet` and `train.jsonl` it is train; in a folder `train` it is all files
 * @throws InputError if there are none, or files of several splits and none is asked for
 */
export function tableFiles(folder: string, split: string | undefined, isTable: (name: string) => boolean): string[] {
  const places = [folder, join(folder, 'data')].filter(isFolder).map((place) => ({ place, names: tablesIn(place, isTable) }))
  if (split === undefined) {
    const { place, names } = places.find((one) => one.names.length > 0) ?? { place: folder, names: [] }
    const splits = [...new Set(names.map(splitOf))]
    const known = splits.filter(isSplit)
    if (splits.length > 1 && known.length > 0) {
      const others = splits.length - known.length
      const beside =
        others === 0 ? '' : `, and ${others} other${others === 1 ? '' : 's'} (${quoted(splits.filter((one) => !isSplit(one)))})`
      const found = `files of the split${known.length === 1 ? '' : 's'} ${quoted(known)}${beside}`
      throw new InputError(folder, found, 'one of them: --split ("split" in a scenario)')
    }
    return checked(place, names, folder, 'files', places)
  }
  for (const name of [split, ...(ALIASES.find((names) => names.includes(split)) ?? [])]) {
    const own = join(folder, name)
    const inFolders = [own, join(folder, 'data', name)].filter(isFolder).map((place) => ({ place, names: tablesIn(place, isTable) }))
    const inPlaces = places.map(({ place, names }) => ({ place, names: names.filter((file) => splitOf(file) === name) }))
    const found = [...inPlaces, ...inFolders].find(({ names }) => names.length > 0)
    if (found) return checked(found.place, found.names, folder, '', places)
  }
  return checked(folder, [], folder, `files of the split "${split}"`, places)
}

function checked(
  place: string,
  names: readonly string[],
  folder: string,
  wanted: string,
  places: readonly { names: readonly string[] }[],
): string[] {
  if (names.length > MAXIMUM_FILES) throw new InputError(place, `${names.length} files`, `at most ${MAXIMUM_FILES}`)
  // Names are sorted by code unit and not by locale, since the same phone must get the same file on every machine.
  const sorted = [...names].sort()
  const stems = sorted.map((name) => splitlessName(name))
  const again = stems.findIndex((stem, i) => stems.indexOf(stem) !== i)
  if (again >= 0) {
    const [one, other] = [sorted[stems.indexOf(stems[again]!)]!, sorted[again]!]
    throw new InputError(place, `the same rows twice, it seems: ${one} and ${other}`, 'one of them: its path')
  }
  if (sorted.length > 0) return sorted.map((name) => join(place, name))
  const there = [...new Set(places.flatMap((one) => one.names.map(splitOf)))]
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  const hint =
    there.length > 0
      ? `one of ${quoted(there)}`
      : folders.length > 0
        ? `one of its folders: ${quoted(folders.map(({ name }) => name))}`
        : null
  throw new InputError(folder, `no ${wanted}`, hint ?? 'a folder with tsv, csv, jsonl, json, parquet or arrow files')
}

function tablesIn(place: string, isTable: (name: string) => boolean): string[] {
  const entries = readdirSync(place, { withFileTypes: true })
  return entries
    .filter(({ name }) => !name.startsWith('.') && !DESCRIPTIONS.has(name) && isTable(name) && !isFolder(join(place, name)))
    .map(({ name }) => name)
}

/** Removes the extensions of format and compression from a name. */
function splitlessName(name: string): string {
  return unpackedName(basename(name)).replace(/\.[^.]*$/, '')
}

/**
 * The split that a file's name says: what stands before `-00000-of-00002` and the hash behind that; the whole name where it begins with a
 * split; or else the split among its words, as in `reviews_train_2019`.
 */
function splitOf(name: string): string {
  const bare = splitlessName(name)
  const shard = /^(.*)-\d{5}-of-\d{5}(-[0-9a-f]{16})?$/.exec(bare)?.[1]
  if (shard !== undefined) return shard
  if (isSplit(bare)) return bare
  const words = bare.toLowerCase().split(/[-._\s\d]+/)
  const said = ALIASES.filter((aliases) => words.some((word) => aliases.includes(word)))
  return said.length === 1 ? said[0]![0]! : bare
}

function isSplit(name: string): boolean {
  return SPLITS.has(name) || /^(train|validation|test|dev)[_-](mis)?matched$/.test(name)
}
