/**
 * Reads a scenario file (JSON or YAML), applies `--set`, makes its file paths absolute and looks its profiles up. Whatever is
 * wrong with any of these is an InputError; files of the scenario's data are not opened here.
 */
import { dirname, resolve } from 'node:path'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import { type Issue, issueError } from '#shared/scenario/issues.ts'
import { USUAL_METHOD } from '#shared/scenario/methods/index.ts'
import { parseScenario, type Scenario, validateScenario } from '#shared/scenario/scenario.ts'
import { parseAssignment, setPath } from '#shared/scenario/set-path.ts'
import { catalogueOf, RESOURCES, unknownProfiles } from './load-catalogue.ts'
import { withAbsolutePaths } from './scenario-paths.ts'
import { readStructured } from './structured-file.ts'

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

/** The last `--set` the issue lies in, since then the file is not to blame. */
function origin(issue: Issue, sets: readonly string[]): string | undefined {
  const assignments = sets.map(parseAssignment)
  return assignments.findLast(({ keys }) => keys.every((key, i) => issue.keys[i] === key))?.where
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
