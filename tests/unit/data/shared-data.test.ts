import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_HEAD, classesOf } from '#main/data/classes.ts'
import { classify } from '#main/data/classify.ts'
import { readExamples } from '#main/data/read-table.ts'

const data = resolve(import.meta.dirname, '../../../../shared/data')

describe.skipIf(!existsSync(data))('the reference datasets beside the checkout (skipped where they are absent)', () => {
  it('reads AG News: no header, label words, quotes as text', () => {
    const table = readExamples({ path: resolve(data, 'ag_news/train.tsv'), text: 0, label: 1, header: false })
    expect(table.texts).toHaveLength(10_001)
    expect(classesOf(NO_HEAD, table).labels).toEqual(['Business', 'Sci/Tech', 'Sports', 'World'])
    expect(table.texts.some((text) => text.includes('"'))).toBe(true)
  })

  it('reads SST-2: a header, label first, another name for the text in each file', () => {
    const train = readExamples({ path: resolve(data, 'sst2/train.tsv'), text: 'sentence', label: 'label' })
    // Columns are found by their names.
    const test = readExamples({ path: resolve(data, 'sst2/dev.tsv') })
    expect([train.texts.length, test.texts.length]).toEqual([67_349, 872])
    const classes = classesOf({ names: ['negative', 'positive'], outputs: null }, train)
    expect(classes.labels).toEqual(['negative', 'positive'])
    expect(classify(test, classes).counts.map(({ rows }) => rows)).toEqual([428, 444])
  })
})
