import { expect, test } from 'vitest'
import { WEIGHT_FORMS } from '#shared/scenario/model-schema.ts'
import { scenarioJsonSchema } from '#shared/scenario/scenario-json-schema.ts'
import { type Schema, settingsOf, typed, typedList } from '#renderer/settings/schema-settings.ts'

const schema = scenarioJsonSchema() as Schema
const input = { model: { checkpoint: 'builtin:encoder' }, data: { train: { path: 't' } }, fleet: [] }
const paths = (of: unknown): string[] => settingsOf(schema, of).map(({ path }) => path)

test('every key of a scenario has a setting, besides lists of objects', () => {
  const keys = Object.keys(schema.properties!)
  const named = new Set(paths(input).map((path) => path.split('.')[0]))
  expect(keys.filter((key) => !named.has(key))).toEqual(['fleet'])
})

test('settings say what they mean, what they may be, and what holds unless given', () => {
  const rank = settingsOf(schema, input).find(({ path }) => path === 'model.adapter.rank')!
  expect(rank).toMatchObject({ kind: 'number', fallback: 8, optional: true, description: 'Rank of each update' })
  const weights = settingsOf(schema, input).find(({ path }) => path === 'model.weights')!
  expect(weights).toMatchObject({ kind: 'choice', options: WEIGHT_FORMS, fallback: 'fp32' })
  const targets = settingsOf(schema, input).find(({ path }) => path === 'model.adapter.targets')!
  expect(targets).toMatchObject({ kind: 'words', fallback: ['query', 'value'] })
  expect(settingsOf(schema, input).find(({ path }) => path === 'data.classes')).toMatchObject({ kind: 'list', optional: true })
  for (const { path, description, kind } of settingsOf(schema, input)) {
    if (kind !== 'kind') expect(description, path).not.toBe('')
  }
})

test('another kind has other settings', () => {
  expect(paths({ ...input, method: { kind: 'cooper' } })).toContain('method.monitors')
  expect(paths({ ...input, method: { kind: 'fedavg' } })).toContain('method.localSteps')
  expect(paths({ ...input, method: { kind: 'fedavg' } })).not.toContain('method.monitors')
})

test('a part that is off has one setting that turns it on, and then its own', () => {
  expect(paths(input).filter((path) => path.startsWith('federation'))).toEqual(['federation'])
  const on = paths({ ...input, federation: {} })
  expect(on).toContain('federation.dropout')
  expect(on).toContain('federation.privacy')
  expect(on).not.toContain('federation.privacy.clip')
  expect(paths({ ...input, federation: { privacy: {} } })).toContain('federation.privacy.clip')
})

test('what is typed is a number where it is one', () => {
  expect(typed('0.5')).toBe(0.5)
  expect(typed(' 0,5 ')).toBe(0.5)
  expect(typed('512 MiB')).toBe('512 MiB')
  expect(typed('')).toBeUndefined()
})

test('a list is typed with commas between', () => {
  expect(typedList(' negative, very positive ,')).toEqual(['negative', 'very positive'])
  expect(typedList(' , ')).toBeUndefined()
})
