import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { labelIndices, labelSet } from '#main/data/labels.ts'
import { readExamples } from '#main/data/read-table.ts'

const data = resolve(import.meta.dirname, '../../../../shared/data')

describe.skipIf(!existsSync(data))('the reference datasets beside the checkout (skipped where they are absent)', () => {
  it('reads AG News: no header, label words, quotes as text', () => {
    const table = readExamples({ path: resolve(data, 'ag_news/train.tsv'), text: 0, label: 1, header: false })
    expect(table.texts).toHaveLength(10_001)
    expect(labelSet(null, [table])).toEqual(['Business', 'Sci/Tech', 'Sports', 'World'])
    expect(table.texts.some((text) => text.includes('"'))).toBe(true)
  })

  it('reads SST-2: a header, label first, another name for the text in each file', () => {
    const train = readExamples({ path: resolve(data, 'sst2/train.tsv'), text: 'sentence', label: 'label' })
    const test = readExamples({ path: resolve(data, 'sst2/dev.tsv'), text: 'content', label: 'label' })
    expect([train.texts.length, test.texts.length]).toEqual([67_349, 872])
    expect(labelSet(['negative', 'positive'], [train])).toEqual(['negative', 'positive'])
    expect(labelIndices(test, ['negative', 'positive']).reduce((sum, label) => sum + label, 0)).toBe(444)
  })
})
