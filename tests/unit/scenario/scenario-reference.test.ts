import { expect, test } from 'vitest'
import { scenarioJsonSchema } from '#shared/scenario/scenario-json-schema.ts'
import { expectInDocument } from '../../documents.ts'
import { type SchemaNode, scenarioReference } from './scenario-reference.ts'

test('docs/scenario.md has every key with its values, default and meaning', () => {
  expectInDocument('docs/scenario.md', 'keys', scenarioReference(scenarioJsonSchema() as SchemaNode))
})

test('a key that several kinds share stands there once, with their names, and one whose meaning differs twice', () => {
  const rounds = { type: 'integer', minimum: 1, description: 'Rounds' }
  const schema = {
    properties: {
      method: {
        description: 'How',
        oneOf: [
          {
            properties: { kind: { const: 'a' }, rounds, rate: { type: 'number', exclusiveMinimum: 0, default: 2, description: 'Fast' } },
            required: [],
          },
          { properties: { kind: { const: 'b' }, rounds, rate: { enum: ['x', 'y'], description: 'Slow' } }, required: ['rate'] },
        ],
      },
    },
  }
  const text = scenarioReference(schema)
  expect(text).toContain('Kinds: `a`, `b`.')
  expect(text).toContain('| `rounds` | all | a whole number from 1 |  | Rounds |')
  expect(text).toContain('| `rate` | `a` | a number above 0 | `2` | Fast |')
  expect(text).toContain('| `rate` | `b` | `x`, `y` | required | Slow |')
})
