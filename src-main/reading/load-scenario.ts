/**
 * Reads a scenario file (JSON or YAML), applies `--set`, makes its file paths absolute and looks its profiles up. Whatever is
 * wrong with any of these is an InputError; catalogues and files of the scenario's data are not opened here.
 */
import { statSync } from 'node:fs'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { InputError } from '#shared/errors/input-error.ts'
import { readRegular } from '#main/data/regular-file.ts'
import {
  type Catalogue,
  type DeviceProfile,
  findProfile,
  type LinkProfile,
  parseDevices,
  parseLinks,
  parseProfiles,
} from '#shared/scenario/catalogue.ts'
import { USUAL_METHOD } from '#shared/scenario/methods/index.ts'
import { describe, type Issue, issueError } from '#shared/scenario/issues.ts'
import { orList, withHint } from '#shared/scenario/rules.ts'
import { parseScenario, type Scenario, validateScenario } from '#shared/scenario/scenario.ts'
import { parseAssignment, setPath } from '#shared/scenario/set-path.ts'

const MAX_FILE_BYTES = 2 ** 20
const FORMATS = new Map([
  ['.json', parseJson],
  ['.yaml', parseYaml],
  ['.yml', parseYaml],
])

/** Stands for every element of a list where a path has a key. */
const EACH = '*'

/** The keys under which a scenario names files; `builtin:` names are not files. */
const FILE_KEYS = [
  ['model', 'checkpoint'],
  ['model', 'adapter', 'from'],
  ['data', 'train', 'path'],
  ['data', 'test', 'path'],
  ['data', 'public', 'source', 'path'],
  ['fleet', EACH, 'trace'],
  ['fleet', EACH, 'traceUp'],
  ['federation', 'availability', 'path'],
  ['profiles'],
] as const

/** `resources/` beside the source folders; a bundle passes its own. */
const RESOURCES = join(import.meta.dirname, '..', '..', 'resources')

export interface LoadedScenario {
  /** The scenario with every file path absolute. */
  readonly scenario: Scenario
  /** The absolute directory of the scenario's file. */
  readonly directory: string
  /** The whole catalogues; every profile the scenario names is in them. */
  readonly profiles: Catalogue
}

/**
 * `path` and the paths in `sets` (each `PATH=VALUE`) are relative to `cwd`; paths in the file are relative to the file.
 * Throws InputError.
 */
export function loadScenario(path: string, sets: readonly string[], cwd: string, resources = RESOURCES): LoadedScenario {
  const file = resolve(cwd, path)
  const directory = dirname(file)
  // Paths of the file become absolute first, so that resolving again after --set touches only those given there.
  let input = withAbsolutePaths(readStructured(file, path), directory)
  for (const assignment of sets) input = setPath(input, assignment)
  if (sets.length > 0) input = withDefaultKinds(input)
  input = withAbsolutePaths(input, cwd)
  const issues = validateScenario(input)
  if (issues.length > 0) throw issueError(issues, origin(issues[0]!, sets) ?? path)
  const scenario = parseScenario(input, path)
  const profiles = catalogueOf(scenario, resources)
  const unknown = unknownProfiles(scenario, profiles)
  if (unknown.length > 0) throw issueError(unknown, origin(unknown[0]!, sets) ?? path)
  return { scenario, directory, profiles }
}

/**
 * Resolves a scenario that is no file, e.g. from a form: returns everything that is wrong with it, or the loaded scenario. Paths in it are relative
 * to `directory`.
 */
export function resolveScenario(input: unknown, directory: string, resources = RESOURCES): LoadedScenario | { issues: readonly Issue[] } {
  const absolutes = withAbsolutePaths(input, directory)
  const issues = validateScenario(absolutes)
  if (issues.length > 0) return { issues }
  const scenario = parseScenario(absolutes, 'scenario')
  const profiles = catalogueOf(scenario, resources)
  const unknown = unknownProfiles(scenario, profiles)
  return unknown.length > 0 ? { issues: unknown } : { scenario, directory, profiles }
}

/** The device and link profiles of a resources folder. Throws InputError. */
export function loadCatalogue(resources = RESOURCES): Catalogue {
  const [devices, links] = [join(resources, 'devices.json'), join(resources, 'links.json')]
  return { devices: parseDevices(readStructured(devices, devices), devices), links: parseLinks(readStructured(links, links), links) }
}

/** The shipped profiles and, after them, those of the scenario's own file. Throws InputError. */
export function catalogueOf({ profiles: path }: Scenario, resources = RESOURCES): Catalogue {
  const shipped = loadCatalogue(resources)
  if (path === undefined) return shipped
  const { devices, links } = parseProfiles(readStructured(path, path), path)
  const twice = [...devices, ...links].find(({ id }) => [...shipped.devices, ...shipped.links].some((known) => known.id === id))
  if (twice) throw new InputError(path, `a profile ${twice.id}`, 'an id that no shipped profile has')
  return { devices: [...shipped.devices, ...devices], links: [...shipped.links, ...links] }
}

/** Profiles and links that are in no catalogue. */
function unknownProfiles(scenario: Scenario, { devices, links }: Catalogue): Issue[] {
  const phones = devices.filter(({ kind }) => kind === 'phone')
  const issues: Issue[] = []
  const look = (known: readonly (DeviceProfile | LinkProfile)[], wanted: string | undefined, path: string, keys: (string | number)[]) => {
    if (wanted === undefined || findProfile(known, wanted) !== undefined) return
    const ids = known.map(({ id }) => id)
    issues.push({ path, keys, found: describe(wanted), expected: withHint(orList(ids), wanted, ids) })
  }
  for (const [i, group] of scenario.fleet.entries()) {
    look(phones, group.profile, `fleet[${i}].profile`, ['fleet', i, 'profile'])
    look(links, group.link, `fleet[${i}].link`, ['fleet', i, 'link'])
  }
  look(devices, scenario.cloud.profile, 'cloud.profile', ['cloud', 'profile'])
  look(links, scenario.cloud.link, 'cloud.link', ['cloud', 'link'])
  return issues
}

/** The last `--set` the issue lies in, since then the file is not to blame. */
function origin(issue: Issue, sets: readonly string[]): string | undefined {
  const assignments = sets.map(parseAssignment)
  return assignments.findLast(({ keys }) => keys.every((key, i) => issue.keys[i] === key))?.where
}

/** Makes every path of a scenario's input absolute, whatever else may be wrong with it. */
export function withAbsolutePaths(input: unknown, base: string): unknown {
  return FILE_KEYS.reduce((changed: unknown, keys) => atKeys(changed, keys, (path) => absolute(path, base)), input)
}

/** A file that a scenario names, and the key that names it. */
export interface NamedFile {
  readonly keys: readonly (string | number)[]
  readonly path: string
}

/** The files that a scenario's input names, `builtin:` ones left out. */
export function scenarioFiles(input: unknown): NamedFile[] {
  return FILE_KEYS.flatMap((keys) => filesAt(input, keys, []))
}

function filesAt(value: unknown, [key, ...rest]: readonly string[], before: readonly (string | number)[]): NamedFile[] {
  if (key === undefined) return typeof value === 'string' && !value.startsWith('builtin:') ? [{ keys: before, path: value }] : []
  if (key === EACH) return Array.isArray(value) ? value.flatMap((element, i) => filesAt(element, rest, [...before, i])) : []
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return []
  return filesAt((value as Record<string, unknown>)[key], rest, [...before, key])
}

function absolute(path: unknown, base: string): unknown {
  if (typeof path !== 'string' || path === '' || path.startsWith('builtin:')) return path
  return isAbsolute(path) ? path : resolve(base, path)
}

/** A copy of `input` with one value changed, or `input` itself where it has no such value. */
function atKeys(input: unknown, keys: readonly string[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return change(input)
  if (key === EACH) return Array.isArray(input) ? input.map((element) => atKeys(element, rest, change)) : input
  if (typeof input !== 'object' || input === null || Array.isArray(input) || !Object.hasOwn(input, key)) return input
  return { ...input, [key]: atKeys((input as Record<string, unknown>)[key], rest, change) }
}

/** The value in a JSON or YAML file of at most 1 MiB; `shown` names it in errors. */
export function readStructured(file: string, shown: string): unknown {
  const parseText = FORMATS.get(extname(file).toLowerCase())
  const text = readText(file, shown)
  if (parseText === undefined) throw new InputError(shown, `a file named *${extname(file)}`, 'a scenario in a .json, .yaml or .yml file')
  if (text.trim() === '') throw new InputError(shown, 'an empty file', 'a scenario with model, data and fleet')
  return parseText(text, shown)
}

function readText(file: string, shown: string): string {
  const allowed = 'a scenario file that can be read'
  try {
    const status = statSync(file)
    if (status.isDirectory()) throw new InputError(shown, 'a directory', allowed)
    if (!status.isFile()) throw new InputError(shown, 'not a regular file', allowed)
    if (status.size > MAX_FILE_BYTES) throw new InputError(shown, `${status.size} bytes`, 'a scenario of at most 1 MiB')
    return new TextDecoder('utf-8', { fatal: true }).decode(readRegular(file, allowed))
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = (error as NodeJS.ErrnoException).code
    const found =
      code === 'ENOENT' ? 'no such file' : code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'text that is not UTF-8' : messageOf(error)
    throw new InputError(shown, found, allowed, { cause: error })
  }
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new InputError(`${shown}:${lineOfJsonError(text)}`, messageOf(error), 'JSON', { cause: error })
  }
}

/**
 * The first line by whose end the text can no longer be continued to JSON. V8 gives a position only for some errors, so this
 * asks it about the first so many lines, by bisection: an error at their very end only means that more must follow.
 */
function lineOfJsonError(text: string): number {
  const lines = text.split('\n')
  let [good, bad] = [0, lines.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (canContinue(lines.slice(0, middle).join('\n'))) good = middle
    else bad = middle
  }
  return bad
}

function canContinue(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const message = messageOf(error)
    return message.startsWith('Unexpected end') || Number(/position (\d+)/.exec(message)?.[1] ?? -1) >= beginning.length
  }
}

function parseYaml(text: string, shown: string): unknown {
  const lines = new LineCounter()
  const refuse = (offset: number, found: string) => new InputError(`${shown}:${lines.linePos(offset).line}`, found, 'YAML')
  try {
    // The library compares each key of a map with all others: a file of 1 MiB would take minutes.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false })
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem !== undefined) throw refuse(problem.pos[0], problem.message)
    visit(document, {
      Map(_, map) {
        const seen = new Set<unknown>()
        for (const { key } of map.items) {
          if (!isScalar(key)) continue
          if (seen.has(key.value)) throw refuse(key.range?.[0] ?? 0, `key ${describe(key.value)} a second time`)
          seen.add(key.value)
        }
      },
    })
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    if (error instanceof InputError) throw error
    const found = error instanceof RangeError ? 'lists or objects nested too deeply' : messageOf(error)
    throw new InputError(shown, found, 'YAML', { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** `--set method.probe=jvp` on a scenario that leaves `method` to its default means that default, changed in one place. */
function withDefaultKinds(input: unknown): unknown {
  const filled = structuredClone(input) as { method?: { kind?: string }; data?: { partition?: { kind?: string } } } | null
  const { method, data } = filled ?? {}
  for (const [choice, kind] of [
    [method, USUAL_METHOD],
    [data?.partition, 'dirichlet'],
  ] as const) {
    if (typeof choice === 'object' && choice !== null && !Array.isArray(choice)) choice.kind ??= kind
  }
  return filled
}
