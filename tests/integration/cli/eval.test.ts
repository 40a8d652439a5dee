import { readFileSync, readdirSync } from 'node:fs'
import { openSafetensors } from '#main/models/safetensors/read.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Workspace, checkpoint, jsonOf, oracle, oracleRows, runCli, workspace } from './run-cli.ts'

interface Result {
  readonly model: string
  readonly data: string
  readonly rows: number
  readonly labels: string[]
  readonly accuracy: number
  readonly loss: number
  readonly fresh: string[]
  readonly seconds: number
}

interface Compared extends Result {
  readonly forms: readonly {
    readonly weights: string
    readonly accuracy: number
    readonly loss: number
    readonly bytesPerBlock: number
    readonly lossChange: number
    readonly largestLogitChange: number
  }[]
}

interface Row {
  readonly row: number
  readonly label: number
  readonly logits: number[]
  readonly loss: number
}

const isClassifier = (name: string): boolean => name.startsWith('classifier.')

let folder: Workspace
beforeAll(() => {
  folder = workspace()
  checkpoint(folder, 'tiny')
  checkpoint(folder, 'half', { from: 'bert-tiny-fp16' })
  checkpoint(folder, 'headless', { rename: (name) => (isClassifier(name) ? null : name) })
  folder.file('rows.tsv', `${oracleRows().join('\n')}\n`)
})
afterAll(() => folder[Symbol.dispose]())

async function evaluated(...words: string[]): Promise<Result> {
  return jsonOf<Result>(await runCli(folder.directory, ['eval', ...words, '--json']))
}

function rowsOf(name: string): Row[] {
  const lines = readFileSync(folder.path(name), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

describe('eval', () => {
  test.each([
    ['float32', 'tiny', oracle.classification],
    ['float16', 'half', oracle.halfPrecision],
  ])('gives the logits and losses that PyTorch gives for a %s checkpoint', async (_, model, recorded) => {
    const result = await evaluated('--model', model, '--data', 'rows.tsv', '--logits', `${model}.jsonl`)
    expect(result).toMatchObject({ rows: 4, labels: ['low', 'middle', 'high'], fresh: [] })
    expect(Math.abs(result.loss - recorded.loss)).toBeLessThan(1e-5)
    const predicted = recorded.logits.map((logits) => logits.indexOf(Math.max(...logits)))
    expect(result.accuracy).toBe(predicted.filter((label, row) => label === oracle.batch.labels[row]).length / 4)

    const rows = rowsOf(`${model}.jsonl`)
    expect(rows.map(({ row }) => row)).toEqual([0, 1, 2, 3])
    expect(rows.map(({ label }) => label)).toEqual(oracle.batch.labels)
    for (const { row, logits, loss } of rows) {
      logits.forEach((z, c) => expect(Math.abs(z - recorded.logits[row]![c]!)).toBeLessThan(1e-4))
      expect(Math.abs(loss - recorded.losses[row]!)).toBeLessThan(1e-4)
    }
  })

  test('gives the same in any batch size, and measures only the first rows when asked', async () => {
    const [apart, few] = await Promise.all([
      evaluated('--model', 'tiny', '--data', 'rows.tsv', '--batch', '1'),
      evaluated('--model', 'tiny', '--data', 'rows.tsv', '--rows', '3', '--batch', '2'),
    ])
    const { losses, loss } = oracle.classification
    expect(apart.loss).toBeCloseTo(loss, 5)
    expect(few.rows).toBe(3)
    expect(few.loss).toBeCloseTo((losses[0]! + losses[1]! + losses[2]!) / 3, 5)
  })

  test('cuts rows to the maximum length, and says how many', async () => {
    const whole = await evaluated('--model', 'tiny', '--data', 'rows.tsv')
    const lengths = oracleRows().map((row) => row.split('\t')[0]!.split(' ').length)
    const cut = await runCli(folder.directory, ['eval', '--model', 'tiny', '--data', 'rows.tsv', '--max-length', '4', '--json'])
    const rows = lengths.filter((length) => length > 2).length
    expect(jsonOf(cut)).toMatchObject({ cut: { rows, of: 4, tokens: 4 } })
    expect(cut.stderr).toContain(`cut: ${rows} of 4 rows to 4 tokens\n`)
    expect(whole).toMatchObject({ cut: { rows: 0, of: 4, tokens: 12 } })
  })

  test('draws a missing classifier from the seed and says so', async () => {
    const words = ['eval', '--model', 'headless', '--data', 'rows.tsv', '--json']
    const [once, again, other] = await Promise.all([
      runCli(folder.directory, words),
      runCli(folder.directory, [...words, '--seed', '1']),
      runCli(folder.directory, [...words, '--seed', '2']),
    ])
    const result = jsonOf<Result>(once)
    expect(result.fresh).toEqual(['classifier.weight', 'classifier.bias'])
    expect(once.stderr).toContain('classifier.weight, classifier.bias')
    expect(jsonOf<Result>(again).loss).toBe(result.loss)
    expect(jsonOf<Result>(other).loss).not.toBe(result.loss)
    // A fresh head of small weights knows nothing: about log 3 for three classes.
    expect(Math.abs(result.loss - Math.log(3))).toBeLessThan(0.2)
  })

  test('without --json writes lines for a person, and what was decided about the data on stderr', async () => {
    const { code, stdout, stderr } = await runCli(folder.directory, ['eval', '--model', 'tiny', '--data', 'rows.tsv'])
    expect(code).toBe(0)
    expect(stderr.split('\n')).toEqual([
      'columns: text 0, label 1 (line 1 is a row)',
      'classes: 0 "low" (1 row), 1 "middle" (1 row), 2 "high" (2 rows)',
      '',
    ])
    expect(stdout).toMatch(/^accuracy +50\.0 %\nloss +0\.96728\d\nrows +4\nlabels +low, middle, high\n/)
  })

  test('shows what each form of the weights costs beside float32', async () => {
    const result = await evaluated('--model', 'tiny', '--data', 'rows.tsv', '--weights', 'all')
    const plain = await evaluated('--model', 'tiny', '--data', 'rows.tsv')
    expect({ ...result, seconds: 0, forms: undefined }).toEqual({ ...plain, seconds: 0, forms: undefined })
    const [wide, half, byte] = (result as Compared).forms
    expect(wide).toMatchObject({ weights: 'fp32', loss: plain.loss, accuracy: plain.accuracy, lossChange: 0, largestLogitChange: 0 })
    for (const form of [half!, byte!]) {
      const alone = await evaluated('--model', 'tiny', '--data', 'rows.tsv', '--weights', form.weights)
      expect(alone).toMatchObject({ weights: form.weights, loss: form.loss, accuracy: form.accuracy })
      expect(form.lossChange).toBe(form.loss - plain.loss)
      expect(form.bytesPerBlock).toBeLessThan(wide!.bytesPerBlock)
    }
    // Matrices of a few hundred elements of size 1: their rounding, 2^-11 and 1/254 of the largest, comes through eight products.
    expect(half!.largestLogitChange).toBeGreaterThan(0)
    expect(half!.largestLogitChange).toBeLessThan(0.005)
    expect(byte!.largestLogitChange).toBeGreaterThan(half!.largestLogitChange)
    expect(byte!.largestLogitChange).toBeLessThan(0.1)
  })

  test('shows the forms as a table to a person, and refuses one that it does not know', async () => {
    const words = ['eval', '--model', 'tiny', '--data', 'rows.tsv', '--weights']
    const [table, unknown, both] = await Promise.all([
      runCli(folder.directory, [...words, 'all']),
      runCli(folder.directory, [...words, 'int2']),
      runCli(folder.directory, [...words, 'all', '--logits', 'x.jsonl']),
    ])
    expect(table.code).toBe(0)
    expect(table.stdout).toMatch(/^weights +accuracy .*\nfp32 +50\.0 % .*\nfp16 .*\nint8 .*\nint4 .*\n$/)
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toMatch(/--weights.*"int2".*fp32, fp16, int8, int4, all/)
    expect(both.code).toBe(2)
  })

  test('takes numbers for the labels of a classifier whose classes have no names', async () => {
    checkpoint(folder, 'nameless', { config: { id2label: undefined, label2id: undefined } })
    const numbered = oracleRows().map((line, row) => line.replace(/\t.*/, `\t${oracle.batch.labels[row]}`))
    // Only two of the three classes occur.
    folder.file('numbers.tsv', `${numbered.slice(0, 2).join('\n')}\n`)
    const result = await evaluated('--model', 'nameless', '--data', 'numbers.tsv')
    expect(result).toMatchObject({ labels: ['0', '1', '2'], fresh: [] })
    expect(result.loss).toBeCloseTo((oracle.classification.losses[0]! + oracle.classification.losses[1]!) / 2, 5)
  })

  test('reads a file whose header names the label first, as SST-2 does', async () => {
    const swapped = oracleRows().map((line) => line.split('\t').reverse().join('\t'))
    folder.file('swapped.tsv', ['label\tcontent', ...swapped, ''].join('\n'))
    const result = await evaluated('--model', 'tiny', '--data', 'swapped.tsv')
    expect(result.rows).toBe(4)
    expect(result.loss).toBeCloseTo(oracle.classification.loss, 5)
  })
})

describe('wrong input ends with code 2, one line that names the place and the expectation, and nothing left behind', () => {
  const wrong: [string, string[], string[]][] = [
    ['a missing model', ['eval', '--model', 'nowhere', '--data', 'rows.tsv'], ['nowhere: no such directory']],
    ['a truncated weights file', ['eval', '--model', 'short', '--data', 'rows.tsv'], ['short/model.safetensors']],
    [
      'a config that disagrees with the weights',
      ['grad', '--model', 'wide', '--data', 'rows.tsv', '--rows', '2', '--out', 'g.safetensors'],
      ['wide', 'intermediate.dense.weight', '[32, 16]', '[48, 16]', 'intermediate_size in config.json'],
    ],
    [
      'a classifier that disagrees with id2label',
      ['eval', '--model', 'two', '--data', 'rows.tsv'],
      ['classifier.weight', 'a classifier of 3 classes', 'expected 2'],
    ],
    ['an unknown model type', ['eval', '--model', 'other', '--data', 'rows.tsv'], ['other/config.json:model_type', '"mamba"', 'bert']],
    ['missing data', ['eval', '--model', 'tiny', '--data', 'gone.tsv'], ['gone.tsv', 'no such file']],
    ['an empty file', ['eval', '--model', 'tiny', '--data', 'empty.tsv', '--logits', 'l.jsonl'], ['empty.tsv', 'an empty file']],
    ['a row without its label', ['eval', '--model', 'tiny', '--data', 'ragged.tsv'], ['ragged.tsv:2', 'a row of 1 column', 'column 1']],
    ['bytes that are not UTF-8', ['eval', '--model', 'tiny', '--data', 'latin.tsv'], ['latin.tsv:2', 'UTF-8']],
    [
      'a label that the model does not know',
      ['grad', '--model', 'tiny', '--data', 'unknown.tsv', '--rows', '2', '--out', 'g.safetensors'],
      ['unknown.tsv:2', '"medium"', '"low", "middle", "high"'],
    ],
    [
      'logits into a folder that is a file',
      ['eval', '--model', 'tiny', '--data', 'rows.tsv', '--logits', 'rows.tsv/l.jsonl'],
      ['rows.tsv/l.jsonl', 'a directory'],
    ],
    [
      'gradients into a folder that is not there',
      ['grad', '--model', 'tiny', '--data', 'rows.tsv', '--rows', '2', '--out', 'gone/g.safetensors'],
      ['gone/g.safetensors', 'a directory'],
    ],
    [
      'an unknown column',
      ['eval', '--model', 'tiny', '--data', 'titled.tsv', '--text', 'txet'],
      ['titled.tsv:1', '"txet"', 'did you mean "text"'],
    ],
    [
      'an unknown option',
      ['eval', '--model', 'tiny', '--data', 'rows.tsv', '--lgits', 'x'],
      ["'--lgits'", '--logits', 'did you mean "logits"?'],
    ],
    ['a missing option', ['grad', '--model', 'tiny', '--data', 'rows.tsv', '--rows', '2'], ['grad: no --out', '--out G.safetensors']],
    ['no rows', ['eval', '--model', 'tiny', '--data', 'rows.tsv', '--rows', '0'], ['--rows', '"0"', 'a whole number from 1']],
    ['a length beyond the positions', ['eval', '--model', 'tiny', '--data', 'rows.tsv', '--max-length', '13'], ['13 tokens', 'at most 12']],
  ]

  beforeAll(() => {
    checkpoint(folder, 'short')
    folder.file('short/model.safetensors', readFileSync(folder.path('tiny/model.safetensors')).subarray(0, 20_000))
    checkpoint(folder, 'wide', { config: { intermediate_size: 48 } })
    checkpoint(folder, 'two', { config: { id2label: { 0: 'low', 1: 'high' }, label2id: undefined } })
    checkpoint(folder, 'other', { config: { model_type: 'mamba' } })
    folder.file('empty.tsv', '')
    folder.file('ragged.tsv', 'w7 w8\tlow\nw9 w10\n')
    folder.file('latin.tsv', Buffer.from('w7\tlow\ncaf\xe9\tlow\n', 'latin1'))
    folder.file('unknown.tsv', 'w7\tlow\nw8\tmedium\n')
    folder.file('titled.tsv', 'text\tlabel\nw7\tlow\n')
  })

  test.concurrent.each(wrong)('%s', async (_, words, parts) => {
    const { code, stdout, stderr } = await runCli(folder.directory, words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: [^\n]+; expected [^\n]+\n$/)
    for (const part of parts) expect(stderr).toContain(part)
  })

  test('nothing was left behind', () => {
    const left = readdirSync(folder.directory, { recursive: true }).map(String)
    expect(left.filter((name) => /partial|^l\.jsonl|^g\.safetensors/.test(name))).toEqual([])
  })
})

describe('eval of heads that do not choose one class', () => {
  const texts = oracleRows().map((line) => line.split('\t')[0]!)
  const { logits } = oracle.classification

  test('says each class by itself: binary cross-entropy and F1, from a column of names or a column each', async () => {
    checkpoint(folder, 'each', { config: { problem_type: 'multi_label_classification' } })
    const wanted = texts.map((_, row) => [row % 2, Number(row % 3 === 0), 1])
    folder.file('each.csv', ['text,low,middle,high', ...texts.map((text, row) => [text, ...wanted[row]!].join(','))].join('\n'))
    const named = wanted.map((row) => ['low', 'middle', 'high'].filter((_name, c) => row[c] === 1).join('|'))
    folder.file('named.csv', ['text,classes', ...texts.map((text, row) => `${text},${named[row]}`)].join('\n'))
    const result = await evaluated('--model', 'each', '--data', 'each.csv', '--text', 'text')
    const pairs = logits.flatMap((row, n) => row.map((z, c) => [z, wanted[n]![c]!] as const))
    const loss = pairs.reduce((sum, [z, y]) => sum + Math.log(1 + Math.exp(z)) - y * z, 0) / pairs.length
    expect(result.loss).toBeCloseTo(loss, 4)
    const [hits, said, asked] = [
      ([z, y]: readonly [number, number]) => z > 0 && y === 1,
      ([z]: readonly [number, number]) => z > 0,
      ([, y]: readonly [number, number]) => y === 1,
    ].map((test_) => pairs.filter(test_).length) as [number, number, number]
    expect(result).toMatchObject({
      problem: 'multi_label_classification',
      labels: ['low', 'middle', 'high'],
      f1: (2 * hits) / (said + asked),
    })
    const again = await evaluated('--model', 'each', '--data', 'named.csv', '--text', 'text', '--label', 'classes')
    expect([again.loss, again.accuracy]).toEqual([result.loss, result.accuracy])
  })

  test('says a number: mean squared error and correlations', async () => {
    checkpoint(folder, 'number', { config: { id2label: { 0: 'score' }, problem_type: 'regression' }, widen: true })
    oneOutput(folder.path('number', 'model.safetensors'))
    const wanted = texts.map((_, row) => row / 2)
    folder.file('numbers.csv', ['text,score', ...texts.map((text, row) => `${text},${wanted[row]}`)].join('\n'))
    const result = await evaluated('--model', 'number', '--data', 'numbers.csv', '--text', 'text', '--label', 'score')
    const squares = logits.reduce((sum, [z], row) => sum + (z! - wanted[row]!) ** 2, 0)
    expect(result.loss).toBeCloseTo(squares / texts.length, 4)
    expect(result).toMatchObject({
      problem: 'regression',
      labels: ['score'],
      accuracy: null,
      pearson: expect.any(Number),
      spearman: expect.any(Number),
    })
    const refused = await runCli(folder.directory, [
      'grad',
      '--model',
      'number',
      '--data',
      'numbers.csv',
      '--rows',
      '2',
      '--out',
      'g.safetensors',
    ])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('a head of one output, which is for regression')])
  })
})

/** Leaves the first output of a classifier. */
function oneOutput(path: string): void {
  using source = openSafetensors(path)
  const tensors = [...source.tensors].map(([name, { shape }]) => {
    const kept = isClassifier(name) ? [1, ...shape.slice(1)] : [...shape]
    const data = new Float32Array(kept.reduce((product, d) => product * d, 1))
    source.readFloats(name, data)
    return [name, { dtype: 'F32' as const, shape: kept, data }] as const
  })
  writeSafetensors(path, tensors)
}
