/** Lists the settings in which scenarios differ, walking keys of objects and positions of lists down to single values. */
import type { SettingDifference } from '#shared/api/lab-api.ts'

/** @returns only what is not the same in all of them, in the order of the first scenario that has it */
export function differingSettings(scenarios: readonly unknown[]): SettingDifference[] {
  const flat = scenarios.map((scenario) => new Map(leaves(scenario, '')))
  const paths = new Set(flat.flatMap((settings) => [...settings.keys()]))
  return [...paths]
    .map((path): SettingDifference => ({ path, values: flat.map((settings) => settings.get(path) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1)
}

function leaves(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, `${path}[${i}]`))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`))
  }
  return value === undefined ? [] : [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
}
