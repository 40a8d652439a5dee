import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readResult, writeResult } from '#main/bench/methods/run-result.ts'
import { madeRecord } from './records.ts'

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-records-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const record = madeRecord('fedmezo', { accuracies: [0.2, 0.4] })
const path = join(directory, `${record.key}.json`)

describe('the file of a run', () => {
  test('gives back what was written, and stands alone in its folder', () => {
    writeResult(directory, record)
    expect(readResult(directory, record.key)).toEqual(record)
    expect(readdirSync(directory)).toEqual([`${record.key}.json`])
  })

  test('that is not there is absent', () => {
    expect(readResult(directory, 'other')).toBe('absent')
    expect(readResult(join(directory, 'nowhere'), 'other')).toBe('absent')
  })

  test.each([
    ['cut short', JSON.stringify(record).slice(0, 200)],
    ['empty', ''],
    ['of another run', JSON.stringify({ ...record, key: 'another' })],
    ['without its history', JSON.stringify({ ...record, history: undefined })],
    ['with a figure that is no number', JSON.stringify(record).replace(/"accuracy":0.4/, '"accuracy":"much"')],
    ['with a wrong scenario', JSON.stringify({ ...record, scenario: { ...record.scenario, fleet: [] } })],
    ['that is no object', '[]'],
  ])('%s is told with its path and what is wrong', (_, text) => {
    writeFileSync(path, text)
    const read = readResult(directory, record.key)
    expect(read).toMatchObject({ path })
    expect((read as { wrong: string }).wrong).toMatch(/^[^\n]+$/)
  })
})
