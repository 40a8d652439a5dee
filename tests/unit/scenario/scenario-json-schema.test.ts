import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scenarioJsonSchema } from '#shared/scenario/scenario-json-schema.ts'

const FILE = join(import.meta.dirname, '../../../resources/schema/scenario.schema.json')
const UPDATE = 'UPDATE_SCHEMA=1 vitest run tests/unit/scenario/scenario-json-schema.test.ts && oxfmt resources/schema'

interface Node {
  type?: string
  description?: string
  default?: unknown
  properties?: Record<string, Node>
  required?: string[]
  additionalProperties?: unknown
  items?: Node
  oneOf?: Node[]
}

describe('the JSON schema of the scenario', () => {
  it('is the committed file', () => {
    if (process.env['UPDATE_SCHEMA'] === '1') {
      mkdirSync(dirname(FILE), { recursive: true })
      writeFileSync(FILE, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`)
    }
    const committed: unknown = JSON.parse(readFileSync(FILE, 'utf8'))
    expect(committed, `resources/schema is out of date; write it with: ${UPDATE}`).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())))
  })

  it('requires model, data and fleet alone', () => {
    expect((scenarioJsonSchema() as Node).required).toEqual(['model', 'data', 'fleet'])
  })

  it('describes every key and allows no other', () => {
    const undescribed: string[] = []
    const open: string[] = []
    visit(scenarioJsonSchema() as Node, 'scenario')
    expect({ undescribed, open }).toEqual({ undescribed: [], open: [] })

    function visit(node: Node, path: string): void {
      // A map of words has keys of its own, and a rule for what they may be mapped to.
      const map = typeof node.additionalProperties === 'object' && node.properties === undefined
      if (node.type === 'object' && node.additionalProperties !== false && !map) open.push(path)
      for (const [key, part] of Object.entries(node.properties ?? {})) {
        if (part.description === undefined && !('const' in part)) undescribed.push(`${path}.${key}`)
        visit(part, `${path}.${key}`)
      }
      if (node.items) visit(node.items, `${path}[]`)
      for (const option of node.oneOf ?? []) visit(option, path)
    }
  })

  it('carries bounds, choices and defaults', () => {
    const { properties } = scenarioJsonSchema() as { properties: Record<string, Node> }
    expect(properties['model']?.properties?.['maxLength']).toMatchObject({ type: 'integer', minimum: 8, maximum: 512, default: 64 })
    expect(properties['compression']?.properties?.['bits']).toMatchObject({ enum: [1, 2, 3, 4, 6, 8, 16], default: 4 })
    expect(properties['fleet']).toMatchObject({ type: 'array', minItems: 1 })
  })
})
