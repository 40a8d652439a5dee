/** The input of a run: its keys, their defaults, and the issues of a wrong one. */
import { check, type Issue, parse } from './issues.ts'
import { type Scenario, scenarioSchema } from './scenario-schema.ts'

export type { Issue } from './issues.ts'
export { ADAPTER_TARGETS, BUILTIN_CHECKPOINTS } from './model-schema.ts'
export { MAX_PHONES } from './fleet-schema.ts'
export { BIT_WIDTHS } from './compression-schema.ts'
export { type Scenario, type ScenarioInput } from './scenario-schema.ts'

/** The scenario with every default filled, or an InputError that names the first issue and counts the others. */
export function parseScenario(input: unknown, where: string): Scenario {
  return parse(scenarioSchema, input, where)
}

/** Returns every issue of a scenario, for a form; the list is empty when the scenario is valid. */
export function validateScenario(input: unknown): readonly Issue[] {
  const result = check(scenarioSchema, input)
  return 'issues' in result ? result.issues : []
}
