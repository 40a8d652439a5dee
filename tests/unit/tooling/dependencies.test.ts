import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { findings } from '../../dependencies/findings.ts'
import { billOfMaterials } from '../../dependencies/sbom.ts'

test('the bill of materials has every package that the lab depends on, with its version', () => {
  const bill = billOfMaterials()
  expect([bill.bomFormat, bill.metadata.component['name']]).toEqual(['CycloneDX', 'cooperlab'])
  const versions = bill.components.map(({ name, version }) => `${name} ${version}`)
  expect(versions).toEqual(expect.arrayContaining(Object.entries(manifest.dependencies).map(([name, version]) => `${name} ${version}`)))
  expect(versions.some((name) => name.startsWith('vue '))).toBe(true)
})

test('an audit that was answered lists what was found; one that was not says so', () => {
  const via = [{ title: 'Reads past its end' }, 'other']
  const answer = { vulnerabilities: { ws: { name: 'ws', severity: 'high', range: '<8', via } } }
  expect(findings(JSON.stringify(answer))).toEqual([
    { name: 'ws', severity: 'high', range: '<8', title: 'Reads past its end; through other' },
  ])
  expect(findings('{"vulnerabilities":{}}')).toEqual([])
  expect(findings('{"message":"405 Method Not Allowed","statusCode":405}')).toBe('405 Method Not Allowed')
  expect(findings('<html>')).toBe('its answer is no JSON')
})

test('the document on security names every package that the lab depends on', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'security.md'), 'utf8')
  for (const name of Object.keys(manifest.dependencies)) expect(text).toContain(`\`${name}\``)
})
