import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { learningScenario, FIXED } from '#main/bench/compression/compression-plan.ts'
import { learningRun } from '#main/bench/compression/learning-run.ts'
import { timed } from '#main/bench/compression/timed.ts'
import { TRACES, traceCsv } from '#main/bench/compression/traces.ts'
import { benchNamed } from '#main/bench/index.ts'
import { FLEETS, gridRows } from '#main/bench/pipeline/pipeline-grid.ts'
import { workloads } from '#main/bench/pipeline/workloads.ts'
import { loadCatalogue } from '#main/reading/load-catalogue.ts'
import { readTrace } from '#main/reading/read-trace.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { writeWhole } from '#main/machine/whole-file.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'

const resources = sourceResources(join(import.meta.dirname, '../../..'))
const catalogue = loadCatalogue(resources.directory)
const directory = mkdtempSync(join(tmpdir(), 'cooperlab-bench-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('bench pipeline', () => {
  test('writes what every variant takes, with the bound that none gets below', async () => {
    const request = {
      resources,
      checkpoint: null,
      quick: true,
      options: { out: directory },
      cwd: directory,
      signal: new AbortController().signal,
      onProgress: () => {},
    }
    const { table } = await benchNamed('pipeline').run(request)
    const { rows, aims } = JSON.parse(readFileSync(join(directory, 'results.json'), 'utf8')) as {
      rows: { secondsPerRound: number; boundSeconds: number; guidance: string; fallback: string | null }[]
      aims: { met: boolean }[]
    }
    expect(table.rows.length).toBe(2)
    expect(rows.length).toBe(2 * 11)
    for (const { secondsPerRound, boundSeconds, guidance, fallback } of rows) {
      if (guidance !== 'stale' && fallback === null) expect(secondsPerRound).toBeGreaterThanOrEqual(boundSeconds * (1 - 1e-9))
    }
    expect(aims.length).toBe(6)
    expect(readFileSync(join(directory, 'report.md'), 'utf8')).toContain('# The pipeline on every link')
  })

  test('counts BERT-base with all its weights without having them', () => {
    const sizes = workloads(resources).map(({ model, trained, layout }) => [model, trained, layout.size])
    expect(sizes).toContainEqual(['BERT-base', 'full', 109_483_778])
    // Two matrices of rank 8 on two layers of each of 12 blocks, and the classifier.
    expect(sizes).toContainEqual(['BERT-base', 'LoRA', 12 * 2 * 2 * 8 * 768 + 2 * 769])
  })

  test('gives the policies their order on a steady link', async () => {
    const [workload] = workloads(resources)
    const rows = await gridRows(workload!, FLEETS[0]!, findProfile(catalogue.links, 'slow-4g')!, catalogue)
    const seconds = (policy: string): number =>
      rows.find((row) => row.policy === policy && row.controller === 'float32' && row.guidance === 'whole')!.secondsPerRound
    expect(seconds('sequential')).toBeGreaterThanOrEqual(seconds('overlapped') - 1e-9)
    expect(seconds('overlapped')).toBeGreaterThan(seconds('layerwise'))
  })
})

describe('bench compression', () => {
  test('has traces that the scenario can read', () => {
    for (const { name, trace } of TRACES) {
      const path = join(directory, `${name}.csv`)
      writeWhole(path, traceCsv(trace))
      const read = readTrace(path).trace
      expect(read.startSeconds).toEqual(trace.startSeconds)
      read.downBitsPerSecond.forEach((rate, i) => expect(rate).toBeCloseTo(trace.downBitsPerSecond[i]!, 3))
    }
  })

  test(
    'times a run on its own links as the run itself was timed, keeps it, and times it slower on slower ones',
    { timeout: 120_000 },
    async () => {
      const [slow, , fast] = TRACES
      const path = join(directory, 'fast.csv')
      const scenario = { ...learningScenario(FIXED[3]!, 1, path), stop: { rounds: 2, atTarget: false } }
      const context = { resources, profiles: catalogue, signal: new AbortController().signal, directory, lab: 'test' }
      const run = (await learningRun(scenario, context))!
      expect(run.rounds.length).toBe(2)
      expect(await learningRun(scenario, { ...context, signal: AbortSignal.abort() })).toEqual(run)
      const cloud = findProfile(catalogue.devices, 'workstation')!
      const profile = findProfile(catalogue.devices, 'iphone-15-pro')!
      const link = findProfile(catalogue.links, 'lte')!
      const phones = (trace: typeof fast) =>
        run.rounds[0]!.amounts.phones.map(({ id }) => ({ id, profile, link: { ...link, trace: trace!.trace } }))
      const { accuracy, endSeconds } = run.rounds[1]!
      const own = timed(run, accuracy, cloud, phones(fast), 'layerwise', scenario.seed)
      expect(own.secondsToTarget).toBeCloseTo(own.roundsToTarget === 2 ? endSeconds : run.rounds[0]!.endSeconds, 6)
      expect(timed(run, accuracy, cloud, phones(slow), 'layerwise', scenario.seed).secondsToTarget!).toBeGreaterThan(own.secondsToTarget!)
      expect(timed(run, 1.1, cloud, phones(fast), 'layerwise', scenario.seed).secondsToTarget).toBeNull()
    },
  )
})
