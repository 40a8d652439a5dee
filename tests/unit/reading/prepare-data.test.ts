import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { prepareData, trainingTable } from '#main/reading/prepare-data.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { directory, rowTokens, scenarioWith, table, unpacked } from '../lab/scenarios.ts'

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const cycle = (count: number): string[] => Array.from({ length: count }, (_, i) => ['no', 'yes', 'maybe'][i % 3]!)
const labels = cycle(120)
const train = { path: table('train', labels) }
const unseen = { path: table('unseen', cycle(40)) }
const classOf = (row: number): number => ['maybe', 'no', 'yes'].indexOf(labels[row]!)
type Parsed = ReturnType<typeof scenarioWith>
const prepare = async (scenario: Parsed, phones = 3, id2label: string[] | null = null, encode = rowTokens) =>
  prepareData(scenario, phones, trainingTable(scenario, { names: id2label, outputs: null }), encode)
const prepared = (data: Record<string, unknown>, rest: Record<string, unknown> = {}, phones = 3) =>
  prepare(scenarioWith({ train, ...data }, rest), phones)
const rowsOf = (packed: Parameters<typeof unpacked>[0]): number[] => unpacked(packed).map(([, row]) => row)

describe('the rows of a scenario', () => {
  test.each([{ kind: 'iid' }, { kind: 'dirichlet', alpha: 0.3 }, { kind: 'label', labelsPerPhone: 1 }, { kind: 'quantity', alpha: 1 }])(
    'go each to one place: a phone, the public set or the test set ($kind)',
    async (partition) => {
      const data = await prepared({ partition, public: { share: 0.2 } })
      const everywhere = [...data.phones, data.public, data.test].flatMap(rowsOf)
      expect(everywhere.toSorted((a, b) => a - b)).toEqual([...Array(120).keys()])
      expect(data.phones.every(({ labels: own }) => own.length > 0)).toBe(true)
    },
  )

  test('keep their own labels, in the sorted order of the classes', async () => {
    const data = await prepared({})
    expect(data.labels).toEqual(['maybe', 'no', 'yes'])
    for (const part of [...data.phones, data.public, data.test]) {
      for (const [, row, label] of unpacked(part)) expect(label).toBe(classOf(row))
    }
  })

  test('are counted as they were dealt', async () => {
    const data = await prepared({ public: { share: 0.25 }, testShare: 0.2 })
    const sizes = { train: data.phones.flatMap(rowsOf).length, public: rowsOf(data.public).length, test: rowsOf(data.test).length }
    expect(data.rows).toEqual(sizes)
    expect(sizes).toEqual({ train: 72, public: 24, test: 24 })
  })

  test('follow the seed', async () => {
    expect(await prepared({})).toEqual(await prepared({}))
    expect(await prepared({}, { seed: 2 })).not.toEqual(await prepared({}))
  })

  test('have the labels of id2label where it knows them', async () => {
    const data = await prepare(scenarioWith({ train }), 3, ['yes', 'no', 'maybe'])
    for (const [, row, label] of unpacked(data.test)) expect(['yes', 'no', 'maybe'][label]).toBe(labels[row])
  })
})

describe('the public set', () => {
  test('of a label shift is mostly the first class, and still on no phone', async () => {
    const data = await prepared({ public: { share: 0.4, condition: 'label' } })
    const own = unpacked(data.public)
    const first = own.filter(([, , label]) => label === 0).length
    expect(first / own.length).toBeGreaterThan(0.6)
    expect(first / own.length).toBeLessThan(0.8)
    expect(rowsOf(data.public).filter((row) => data.phones.flatMap(rowsOf).includes(row))).toEqual([])
  })

  test('with random labels has the texts of the public rows and labels that say nothing about them', async () => {
    const data = await prepared({ public: { share: 0.5, condition: 'random' } })
    const right = unpacked(data.public).filter(([, row, label]) => label === classOf(row)).length
    expect(right / data.rows.public).toBeLessThan(0.6)
    expect(rowsOf(data.public).filter((row) => data.phones.flatMap(rowsOf).includes(row))).toEqual([])
  })

  test('can be limited in rows; what is left of its share goes to nobody', async () => {
    const [limited, whole] = [await prepared({ public: { share: 0.3, rows: 5 } }), await prepared({ public: { share: 0.3 } })]
    expect(limited.rows.public).toBe(5)
    expect(limited.phones).toEqual(whole.phones)
  })

  test('from a file of its own is that file, and a share of 0 then leaves all training rows to the phones', async () => {
    const other = { path: table('othersource', cycle(30)) }
    const data = await prepared({ public: { source: other, share: 0 }, test: unseen })
    expect(data.rows).toMatchObject({ train: 120, public: 30 })
    expect(unpacked(data.public)).toEqual(cycle(30).map((label, row) => ['othersource'.length, row, ['maybe', 'no', 'yes'].indexOf(label)]))
  })

  test('of another domain has its labels mapped, in another case too, and rows that mean nothing here left out', async () => {
    const words = ['good', 'bad', 'YES', 'advert', 'bad']
    const other = { path: table('films', words) }
    const map = { good: 'yes', bad: 'no', advert: null }
    const { public: own } = await prepared({ public: { condition: 'domain', source: other, labels: map } })
    const length = 'films'.length
    // Text and position are those of the kept rows: nothing moved to another row's label.
    expect(unpacked(own)).toEqual([
      [length, 0, 2],
      [length, 1, 1],
      [length, 2, 2],
      [length, 4, 1],
    ])
  })

  test('of another domain may be the built-in corpus', async () => {
    const tokens: typeof rowTokens = async (rows) => rows.map(({ text }) => ({ ids: Int32Array.of(text.length, 0) }))
    const source = { path: 'builtin:stance/train?rows=80' }
    const scenario = scenarioWith({
      train: { path: 'builtin:topic/train?rows=240' },
      public: { condition: 'domain', source, labels: { negative: 'health', positive: 'sport' } },
    })
    const { labels: names, public: own, rows } = await prepare(scenario, 3, null, tokens)
    expect(rows.public).toBe(80)
    expect([...new Set(own.labels)].map((label) => names[label]).toSorted()).toEqual(['health', 'sport'])
  })

  test('with random labels may have texts whose own labels mean nothing here', async () => {
    const other = { path: table('elsewhere', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) }
    const { public: own } = await prepared({ public: { condition: 'random', source: other } })
    expect(unpacked(own).map(([, row]) => row)).toEqual([...Array(10).keys()])
    expect(Math.max(...own.labels)).toBeLessThan(3)
  })

  test.each([
    [
      { source: { path: 'SOURCE' }, labels: { good: 'yess', bad: 'no' } },
      /^data\.public\.labels\["good"\]: "yess"; expected null or one of "maybe", "no", "yes"$/,
    ],
    [
      { source: { path: 'SOURCE' }, labels: { godo: 'yes', bad: 'no' } },
      /^data\.public\.labels\["godo"\]: no row of .*mapped\.csv with this label; expected one of "good", "bad"$/,
    ],
    [
      { source: { path: 'SOURCE' }, labels: { good: null, bad: null } },
      /^data\.public\.labels: null for every label; expected a label for at least one of/,
    ],
    [{ source: { path: 'SOURCE' }, labels: { bad: 'no' } }, /mapped\.csv:2: the unknown label "good"; expected one of/],
    [{ source: { path: 'SOURCE' } }, /mapped\.csv:2: the unknown label "good"; expected one of/],
  ])('of another domain with labels that do not correspond is refused in one line: %j', async (wanted, line) => {
    const path = table('mapped', ['good', 'bad', 'bad'])
    await expect(prepared({ public: { ...wanted, condition: 'domain', source: { path } } })).rejects.toThrow(InputError)
    await expect(prepared({ public: { ...wanted, condition: 'domain', source: { path } } })).rejects.toThrow(line)
  })

  test.each([1, 2, 3])('changes nothing for the phones and the test, whatever its condition (seed %i)', async (seed) => {
    const source = { path: table('another', cycle(50)) }
    const conditions = [
      { condition: 'same' },
      { condition: 'same', noise: 0.4 },
      { condition: 'same', rows: 7 },
      { condition: 'label' },
      { condition: 'random' },
      { condition: 'flipped' },
      { condition: 'domain', source },
      { condition: 'domain', source, noise: 1 },
      { condition: 'random', source },
    ]
    const all = await Promise.all(conditions.map((wanted) => prepared({ public: { share: 0.3, ...wanted } }, { seed })))
    for (const other of all.slice(1)) {
      expect(other.phones).toEqual(all[0]!.phones)
      expect(other.test).toEqual(all[0]!.test)
      expect(other.public).not.toEqual(all[0]!.public)
    }
  })

  test('from a file with an unknown label is refused at its line', async () => {
    const wrong = { path: table('wrong', ['no', 'yes', 'never', 'no']) }
    await expect(prepared({ public: { source: wrong } })).rejects.toThrow(InputError)
    await expect(prepared({ public: { source: wrong } })).rejects.toThrow(/wrong\.csv:4.*"never"/)
  })
})

describe('the test set', () => {
  test('from a file of its own is that file', async () => {
    const data = await prepared({ test: unseen })
    expect(data.rows).toMatchObject({ test: 40, train: 108, public: 12 })
    expect(unpacked(data.test).every(([name]) => name === 'unseen'.length)).toBe(true)
  })

  test('is held out of the training rows otherwise', async () => {
    expect((await prepared({ testShare: 0.5 })).rows.test).toBe(60)
  })

  test('is limited by testRows and by the rows of an evaluation, whichever is less', async () => {
    expect((await prepared({ test: unseen, testRows: 7 })).rows.test).toBe(7)
    expect((await prepared({ test: unseen }, { evaluation: { rows: 5 } })).rows.test).toBe(5)
    expect((await prepared({ test: unseen, testRows: 3 }, { evaluation: { rows: 5 } })).rows.test).toBe(3)
    expect((await prepared({ test: unseen, testRows: 400 })).rows.test).toBe(40)
  })

  test('does not change which rows are private', async () => {
    expect((await prepared({ testShare: 0.2, testRows: 3 })).phones).toEqual((await prepared({ testShare: 0.2 })).phones)
  })
})

test('fewer training rows than there are can be asked for', async () => {
  const { rows } = await prepared({ trainRows: 50, testShare: 0.1, public: { share: 0.2 } })
  expect(rows).toEqual({ train: 36, public: 9, test: 5 })
})

test('more phones than private rows are refused', async () => {
  await expect(prepared({ trainRows: 10 }, {}, 20)).rejects.toThrow(InputError)
})
