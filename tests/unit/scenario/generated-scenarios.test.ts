/** What the endurance tests draw: everything the schema offers, and nothing that it refuses. */
import fc from 'fast-check'
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { integer, optional } from '#shared/scenario/rules.ts'
import { scenarioJsonSchema } from '#shared/scenario/scenario-json-schema.ts'
import { type ScenarioInput, parseScenario, validateScenario } from '#shared/scenario/scenario.ts'
import { scenarioSchema } from '#shared/scenario/scenario-schema.ts'
import { DOMAINS } from '../../endurance/scenarios/domains.ts'
import { arbitraryOf } from '../../endurance/scenarios/schema-arbitrary.ts'
import { scenarios } from '../../endurance/scenarios/scenario-arbitrary.ts'

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
}

/** Every key of the contract, and every word that one may be, told by the JSON schema. */
function offered(schema: JsonSchema, path = ''): string[] {
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((option) => offered(option, path))
  const words = [...(schema.enum ?? []), ...('const' in schema ? [schema.const] : [])].map((word) => `${path}=${JSON.stringify(word)}`)
  const keys = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`
    return [at, ...offered(value, at)]
  })
  return [...options, ...words, ...keys, ...(schema.items ? offered(schema.items, `${path}[]`) : [])]
}

function given(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => given(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [`${path}=${JSON.stringify(value)}`]
  return Object.entries(value).flatMap(([key, item]) => {
    const at = path === '' ? key : `${path}.${key}`
    return [at, ...given(item, at)]
  })
}

describe('generated scenarios', () => {
  let drawn: ScenarioInput[] = []
  beforeAll(() => {
    drawn = fc.sample(scenarios(), { seed: 1, numRuns: 3000 })
  })

  test('are valid', () => {
    for (const scenario of drawn.slice(0, 500)) expect(validateScenario(scenario)).toEqual([])
  })

  test('are written the same, to the byte, when they are read again', () => {
    for (const scenario of drawn.slice(0, 500)) {
      const once = parseScenario(scenario, 'drawn')
      expect(JSON.stringify(parseScenario(JSON.parse(JSON.stringify(once)), 'again'))).toBe(JSON.stringify(once))
    }
  })

  test('have every key, every kind and every word of the contract', () => {
    const seen = new Set(drawn.flatMap((scenario) => given(scenario)))
    const missing = [...new Set(offered(scenarioJsonSchema() as JsonSchema))].filter((each) => !seen.has(each))
    expect(missing).toEqual([])
  })

  test('have a key from the day it is in the schema, or a test fails that names it', () => {
    const more = (key: string, schema: v.GenericSchema) =>
      v.strictObject({ ...scenarioSchema.entries, [key]: optional('A new one', schema) })
    const keys = fc.sample(arbitraryOf(more('newest', integer(1)), DOMAINS), { seed: 1, numRuns: 20 })
    expect(keys.some((scenario) => Object.hasOwn(scenario as object, 'newest'))).toBe(true)
    expect(() => arbitraryOf(more('motto', v.string()), DOMAINS)).toThrow(
      "motto: the walk can't draw a string; give it a domain, with the reason",
    )
    expect(() => arbitraryOf(more('when', v.date()), DOMAINS)).toThrow("when: the walk can't draw a date")
    expect(() => arbitraryOf(scenarioSchema, new Map([...DOMAINS, ['gone', { given: 'always', why: 'it was there' }]]))).toThrow('gone')
  })
})
