import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { benchNamed, benches } from '#main/lab/bench/index.ts'
import { median } from '#main/lab/bench/bench.ts'
import { sourceResources } from '#main/lab/resources.ts'

const root = join(import.meta.dirname, '../../..')
const tiny = join(root, 'tests/oracles/bert-tiny')

/** Every number of a JSON value, with the path to it. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${path}.${key}`))
}

function bench(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, INIT_CWD: root, NODE_COMPILE_CACHE: sourceResources(root).compileCache }
  return spawnSync(process.execPath, [join(root, 'src-main/shells/cli/main.ts'), 'bench', ...words], { encoding: 'utf8', env })
}

describe('bench', () => {
  test.each(benches.map(({ name }) => name))('%s runs on a small checkpoint and reports finite figures of this machine', (name) => {
    const { status, stdout, stderr } = bench(name, '--quick', '--json', '--model', tiny)
    expect(stderr).not.toMatch(/error/i)
    expect(status).toBe(0)
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { bench: string; machine: object; results: unknown[] }
    expect(report).toMatchObject({ bench: name, quick: true, machine: { node: process.versions.node } })
    const numbers = numbersOf(report.results)
    expect(numbers.length).toBeGreaterThan(5)
    expect(numbers.filter(([, value]) => !Number.isFinite(value) || value < 0)).toEqual([])
    expect(numbers.filter(([path, value]) => /(seconds|Bytes|perElement|ratio|times\w*)$/i.test(path) && value === 0)).toEqual([])
  })

  test('gives the same losses in one sweep as in separate passes', async () => {
    const request = { resources: sourceResources(root), checkpoint: tiny, quick: true, onProgress: () => {} }
    const { results } = await benchNamed('sweep').run(request)
    for (const { largestDifference } of results as { largestDifference: number }[]) expect(largestDifference).toBeLessThan(1e-5)
  })

  test('says in its table what it measured, one row per figure', () => {
    const { stdout } = bench('sweep', '--quick', '--model', tiny)
    expect(stdout).toMatch(/ONNX Runtime \d+\.\d+/)
    expect(stdout).toMatch(/^bert-tiny +streamed +4 x 12 +16 +[\d.]+ ms +[\d.]+ ms +[\d.]+ times as long$/m)
  })

  test('refuses an unknown name and lists those there are', () => {
    const { status, stderr } = bench('speed')
    expect(status).toBe(2)
    expect(stderr).toBe('error: bench: "speed"; expected one of kernels, memory, sweep\n')
  })
})

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([9, 1, 4])).toBe(4)
  expect(median([9, 1, 4, 2])).toBe(3)
})
