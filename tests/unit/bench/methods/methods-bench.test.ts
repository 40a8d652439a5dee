import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { methodsBench } from '#main/bench/methods/methods-bench.ts'
import { sourceResources } from '#main/machine/resources.ts'

const root = join(import.meta.dirname, '../../../..')
const directory = mkdtempSync(join(tmpdir(), 'cooperlab-bench-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

// The tiny model has three classes, and its words mean nothing.
const rows = Array.from(
  { length: 90 },
  (_, i) => `${['bal', 'mela', 'tas'][i % 3]} ${['norin', 'ril', 'vep', 'cafe'][i % 4]},${['low', 'middle', 'high'][i % 3]}`,
)
writeFileSync(join(directory, 'rows.csv'), ['text,label', ...rows].join('\n'))

const scenario = {
  name: 'small',
  model: { checkpoint: join(root, 'tests/oracles/bert-tiny'), maxLength: 12, adapter: { rank: 2 } },
  data: { train: { path: 'rows.csv' }, testRows: 12, partition: { kind: 'iid' } },
  method: { kind: 'cooper', batchSize: 4, cloudBatchSize: 6 },
  fleet: [{ profile: 'pixel-4' }],
}
writeFileSync(join(directory, 'small.json'), JSON.stringify(scenario))
writeFileSync(join(directory, 'renamed.json'), JSON.stringify({ ...scenario, name: 'the same under another name' }))
const runs = join(directory, 'out', 'runs')

interface Results {
  readonly missing: number
  readonly scenarios: readonly {
    readonly searches: readonly { readonly method: string; readonly trials: readonly object[]; readonly chosen: number }[]
    readonly conditions: readonly {
      readonly condition: string
      readonly methods: readonly { readonly method: string; readonly runs: readonly { readonly digest: string }[] }[]
    }[]
  }[]
}

async function bench(signal = new AbortController().signal, onLine: (line: string) => void = () => {}) {
  const lines: string[] = []
  const result = await methodsBench.run({
    resources: sourceResources(root),
    checkpoint: null,
    quick: false,
    options: {
      scenario: ['small.json', 'renamed.json'],
      methods: 'cooper,fedmezo',
      conditions: 'same,random',
      seeds: '1',
      passes: '40',
      trials: '2',
      out: 'out',
    },
    cwd: directory,
    signal,
    onProgress: (line) => {
      lines.push(line)
      onLine(line)
    },
  })
  return { result, lines, results: result.results as Results }
}

// Each run starts processes: on a busy machine that alone takes seconds.
describe('bench methods, two methods with one seed on a tiny model', { timeout: 180_000 }, () => {
  const digests = ({ scenarios }: Results): string[] =>
    scenarios.flatMap(({ conditions }) =>
      conditions.flatMap(({ methods }) => methods.flatMap((method) => method.runs.map(({ digest }) => digest))),
    )
  let whole: Results

  test('ends after the round in progress when it is interrupted, and keeps the runs that were made', async () => {
    const interrupt = new AbortController()
    const { result, results } = await bench(interrupt.signal, (line) => line.startsWith('2/14') && interrupt.abort())
    expect(result.interrupted).toBe(true)
    // Two trials of the first method: those of the scenario that differs only in name count as well.
    expect(results.missing).toBe(10)
    expect(readdirSync(runs)).toHaveLength(2)
    expect(readFileSync(join(directory, 'out', 'report.md'), 'utf8')).toContain('Interrupted: 10 runs are missing.')
  })

  test('goes on with the missing runs, and makes one of a method that sees no public data for all states of them', async () => {
    const { result, results, lines } = await bench()
    expect(result.interrupted).toBe(false)
    expect(lines.filter((line) => line.includes('on file'))).toHaveLength(2 + 7)
    expect(lines).toHaveLength(14)
    expect(readdirSync(runs)).toHaveLength(7)
    const [small, renamed] = results.scenarios
    expect(renamed).toEqual({ ...small, name: 'the same under another name' })
    expect(small!.searches.map(({ method, trials }) => [method, trials.length])).toEqual([
      ['cooper', 2],
      ['fedmezo', 2],
    ])
    expect(small!.conditions.map(({ condition, methods }) => [condition, methods.map(({ method }) => method)])).toEqual([
      ['same', ['cooper', 'fedmezo']],
      ['random', ['cooper', 'fedmezo']],
    ])
    const [cooperSame, fedmezoSame, cooperRandom, fedmezoRandom] = digests(results)
    expect(fedmezoRandom).toBe(fedmezoSame)
    expect(cooperRandom).not.toBe(cooperSame)
    expect(result.table.rows).toHaveLength(8)
    for (const name of ['results.json', 'report.md', 'report.html']) {
      expect(readFileSync(join(directory, 'out', name), 'utf8')).toContain(cooperSame!)
    }
    whole = results
  })

  test('makes a run again whose file is damaged, says so, and gets the same', async () => {
    const [name] = readdirSync(runs)
    writeFileSync(join(runs, name!), readFileSync(join(runs, name!), 'utf8').slice(0, 500))
    const { results, lines } = await bench()
    expect(lines[0] === undefined ? '' : lines.find((line) => line.includes('is made again'))).toContain(name)
    expect(lines.filter((line) => line.includes('on file'))).toHaveLength(6 + 7)
    expect(digests(results)).toEqual(digests(whole))
  })
})
