/** The scenario's contract as a JSON schema, for editors and other tools. */
import { toJsonSchema } from '@valibot/to-json-schema'
import { scenarioSchema } from './scenario-schema.ts'

/** Draft 2020-12, of the input (`ScenarioInput`). Rules over several keys are left to `parseScenario`. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = toJsonSchema(scenarioSchema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['check', 'raw_check', 'finite'],
  })
  return { $schema, title: 'CooperLab scenario', ...schema }
}
