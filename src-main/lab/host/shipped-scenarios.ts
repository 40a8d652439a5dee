/** The scenarios that come with the lab, for a window to begin with. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { ShippedScenario } from '#shared/api/lab-api.ts'
import { USUAL_METHOD } from '#shared/scenario/methods/index.ts'
import { parseScenario, type ScenarioInput } from '#shared/scenario/scenario.ts'
import { readStructured } from '#main/reading/structured-file.ts'
import { scenarioFiles, withAbsolutePaths } from '#main/reading/scenario-paths.ts'

const FIRST = 'quickstart'

/** Returns the quickstart first, then the others by name. @param base the folder that their paths start from, which has `data` and `models` */
export function shippedScenarios(resources: string, base: string): ShippedScenario[] {
  const directory = join(resources, 'scenarios')
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .map((file) => shipped(join(directory, file), base))
    .sort((a, b) => Number(b.id === FIRST) - Number(a.id === FIRST) || a.name.localeCompare(b.name, 'en'))
}

/** Describes a scenario file that a user has opened. @throws InputError if it is no scenario */
export function openedScenario(file: string): ShippedScenario {
  const input = withAbsolutePaths(readStructured(file, file), dirname(file))
  parseScenario(input, file)
  return entryOf(input as ScenarioInput, basename(file, extname(file)))
}

function shipped(file: string, base: string): ShippedScenario {
  return entryOf(withAbsolutePaths(readStructured(file, file), base) as ScenarioInput, basename(file, '.json'))
}

function entryOf(input: ScenarioInput, id: string): ShippedScenario {
  const lacking = scenarioFiles(input)
    .map(({ path }) => path)
    .filter((path) => !existsSync(path))
  return {
    id,
    name: input.name ?? id,
    summary: summaryOf(input),
    input,
    missing: lacking.length === 0 ? null : `${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} not on this machine`,
  }
}

/** Summarises a scenario, e.g. "cooper · 8 phones · at most 20 rounds". */
function summaryOf({ method, fleet, stop }: ScenarioInput): string {
  const phones = fleet.reduce((sum, { count = 1 }) => sum + count, 0)
  const parts = [method?.kind ?? USUAL_METHOD, `${phones} ${phones === 1 ? 'phone' : 'phones'}`]
  if (stop?.rounds !== undefined) parts.push(`at most ${stop.rounds} rounds`)
  return parts.join(' · ')
}
