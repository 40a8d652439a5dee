import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { benchNamed, benches } from '#main/bench/index.ts'
import { median } from '#main/bench/bench-definition.ts'
import type { PassesResult } from '#main/bench/engine-passes.ts'
import type { SweepsResult } from '#main/bench/engine-sweeps.ts'
import { OpenedModel } from '#main/bench/opened-model.ts'
import { smallestCap } from '#main/bench/smallest-cap.ts'
import { TorchPeer } from '#main/bench/torch-peer.ts'
import { workloadOn } from '#main/bench/workload.ts'
import { kernelsPath, sourceResources } from '#main/machine/resources.ts'

const root = join(import.meta.dirname, '../../..')
const tiny = join(root, 'tests/oracles/bert-tiny')

/** Every number of a JSON value, with the path to it. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${path}.${key}`))
}

function expectFigures(results: unknown): void {
  const numbers = numbersOf(results)
  expect(numbers.length).toBeGreaterThan(5)
  expect(numbers.filter(([, value]) => !Number.isFinite(value) || value < 0)).toEqual([])
  expect(numbers.filter(([path, value]) => /(seconds|Bytes|perElement|ratio|times\w*)$/i.test(path) && value === 0)).toEqual([])
}

function bench(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, INIT_CWD: root, NODE_COMPILE_CACHE: sourceResources(root).compileCache }
  return spawnSync(process.execPath, [join(root, 'src-main/shells/cli/main.ts'), 'bench', ...words], { encoding: 'utf8', env })
}

describe('bench', () => {
  test.each(['fleet', 'kernels', 'memory', 'steady'])(
    '%s runs on a small checkpoint and reports finite figures of this machine',
    (name) => {
      const { status, stdout, stderr } = bench(name, '--quick', '--json', '--model', tiny)
      expect(stderr).not.toMatch(/error/i)
      expect(status).toBe(0)
      const report = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { bench: string; machine: object; results: unknown[] }
      expect(report).toMatchObject({ bench: name, quick: true, machine: { node: process.versions.node } })
      expectFigures(report.results)
    },
  )

  test('engine measures the same work on both sides: one sweep and separate passes, backpropagation and PyTorch where it is', async () => {
    const { signal } = new AbortController()
    const request = {
      resources: sourceResources(root),
      checkpoint: tiny,
      quick: true,
      options: {},
      cwd: root,
      signal,
      onProgress: () => {},
    }
    const { results } = await benchNamed('engine').run(request)
    expectFigures(results)
    const [{ passes, sweeps }] = results as [{ passes: PassesResult; sweeps: SweepsResult }]
    expect(sweeps.largestDifference).toBeLessThan(1e-5)
    expect(passes.noPeer ?? passes.largestDifference).not.toBeNull()
    if (passes.noPeer === null) expect(passes.largestDifference).toBeLessThan(1e-5)
    for (const { ratio, aim, met } of [...passes.comparisons, ...sweeps.comparisons]) expect(met).toBe(aim === null ? null : ratio <= aim)
  })

  test('engine says why it has no PyTorch to compare with', async () => {
    using opened = new OpenedModel(workloadOn(tiny, 2, 4), 'resident', kernelsPath(sourceResources(root)))
    expect(await TorchPeer.start(join(root, 'no-such-script.py'), opened)).toMatch(/source/)
    expect(await TorchPeer.start(join(root, 'package.json'), opened)).toMatch(/python3: .+; /)
  })

  test('says in its table what it measured, one row per figure', () => {
    const { stdout } = bench('kernels', '--quick')
    expect(stdout).toMatch(/ONNX Runtime \d+\.\d+/)
    expect(stdout).toMatch(/^addGaussian +[\d.]+ ns +[\d.]+ ns +[\d.]+ times +at most 2.5 ns: (met|missed)$/m)
  })

  test('refuses an unknown name and lists those there are', () => {
    const { status, stderr } = bench('speed')
    expect(status).toBe(2)
    expect(stderr).toBe(`error: bench: "speed"; expected one of ${benches.map(({ name }) => name).join(', ')}\n`)
  })

  test('refuses the option of another bench', () => {
    const { status, stderr } = bench('kernels', '--quick', '--seeds', '2')
    expect(status).toBe(2)
    expect(stderr).toMatch(/^error: --seeds: given with bench kernels; expected it with bench [^\n]*\bmethods\b[^\n]* only\n$/)
  })
})

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([9, 1, 4])).toBe(4)
  expect(median([9, 1, 4, 2])).toBe(3)
})

describe('the search for the smallest cap', () => {
  const range = { tooSmallBytes: 90, startBytes: 200, resolutionBytes: 4 }

  test.each([91, 140, 199, 200, 201, 900])('finds a need of %i to the resolution', async (need) => {
    const set: number[] = []
    const found = await smallestCap(async (cap) => set.push(cap) > 0 && cap >= need, range)
    expect(found.bytes).toBeGreaterThanOrEqual(need)
    expect(found.bytes).toBeLessThanOrEqual(need + range.resolutionBytes)
    expect(found.trials).toBe(set.length)
    expect(set.filter((cap) => cap === found.bytes)).toHaveLength(2)
  })

  test('takes the next larger cap where one completes only once', async () => {
    const seen = new Set<number>()
    const found = await smallestCap(async (cap) => cap >= 160 || (cap >= 140 && seen.size < seen.add(cap).size), range)
    expect(found.bytes).toBeGreaterThanOrEqual(160)
    expect(found.bytes).toBeLessThanOrEqual(164)
  })

  test('gives up where no cap is enough', async () => {
    await expect(smallestCap(async () => false, range)).rejects.toThrow(/completes under no cap/)
  })
})
