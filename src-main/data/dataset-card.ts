/**
 * Reads class names from the description beside data files in a folder of Hugging Face's hub: `dataset_info` in the front matter of README.md (the
 * dataset card), or the older `dataset_infos.json`. Both may describe several configurations, one folder each.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse } from 'yaml'
import { InputError } from '#shared/errors/input-error.ts'
import { classNamesOf } from './formats/features.ts'

const MAXIMUM_BYTES = 4 * 2 ** 20
/** The most folders between a file and the dataset's own folder: `data`, the configuration and the split may be folders. */
const MOST_LEVELS = 3

interface Described {
  readonly config: string
  readonly features: unknown
}

/**
 * Names of the classes of `column` in the order of their numbers, by the nearest description.
 * @param path of a data file @returns null where nothing describes it @throws InputError where configurations differ and none has the file's folder
 */
export function cardClassNames(path: string, column: string): readonly string[] | null {
  const inside = new Set<string>()
  let folder = dirname(path)
  for (let level = 0; level < MOST_LEVELS; level++) {
    for (const [name, read] of SOURCES) {
      const file = join(folder, name)
      const described = existsSync(file) ? read(file) : []
      if (described.length > 0) return chosen(described, inside, column, file)
    }
    inside.add(basename(folder))
    folder = dirname(folder)
  }
  return null
}

function chosen(described: readonly Described[], inside: ReadonlySet<string>, column: string, file: string): readonly string[] | null {
  const own = described.filter(({ config }) => inside.has(config))
  const names = (own.length > 0 ? own : described).map(({ features }) => classNamesOf(features, column))
  const different = [...new Map(names.map((one) => [JSON.stringify(one), one])).values()]
  if (different.length <= 1) return different[0] ?? null
  const found = `${described.length} configurations whose classes of "${column}" differ`
  throw new InputError(file, found, `the files in a folder named as one of them: ${described.map(({ config }) => config).join(', ')}`)
}

const SOURCES: readonly (readonly [name: string, read: (file: string) => readonly Described[]])[] = [
  ['README.md', fromCard],
  ['dataset_infos.json', fromInfos],
]

/** A README without a description gives nothing. */
function fromCard(file: string): readonly Described[] {
  const text = textOf(file)
  const matter = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\s*(\r?\n|$)/.exec(text)?.[1]
  if (matter === undefined) return []
  let info: unknown
  try {
    info = (parse(matter) as { dataset_info?: unknown } | null)?.dataset_info
  } catch {
    return []
  }
  return [info].flat().flatMap((one) => {
    const { config_name: config = 'default', features } = (one ?? {}) as { config_name?: unknown; features?: unknown }
    return Array.isArray(features) ? [{ config: String(config), features: asFeatures(features) }] : []
  })
}

/** `{name, dtype: {class_label: {names: {'0': …}}}}` of a card as `{[name]: {names: […]}}` of a file. */
function asFeatures(listed: readonly unknown[]): unknown {
  const entries = listed.map((one): [string, unknown] => {
    const { name, dtype } = (one ?? {}) as { name?: unknown; dtype?: { class_label?: { names?: unknown } } }
    const names = dtype?.class_label?.names
    const ordered = typeof names === 'object' && names !== null && !Array.isArray(names) ? inOrder(names as Record<string, unknown>) : names
    return [String(name), { names: ordered }]
  })
  return Object.fromEntries(entries)
}

function inOrder(names: Readonly<Record<string, unknown>>): unknown[] {
  return Array.from({ length: Object.keys(names).length }, (_, number) => {
    const name = names[number]
    return typeof name === 'object' || name === undefined ? name : String(name)
  })
}

function fromInfos(file: string): readonly Described[] {
  let infos: unknown
  try {
    infos = JSON.parse(textOf(file))
  } catch {
    return []
  }
  if (typeof infos !== 'object' || infos === null) return []
  return Object.entries(infos).map(([config, info]) => ({ config, features: (info as { features?: unknown } | null)?.features ?? null }))
}

function textOf(file: string): string {
  const status = statSync(file)
  return status.isFile() && status.size <= MAXIMUM_BYTES ? readFileSync(file, 'utf8') : ''
}
