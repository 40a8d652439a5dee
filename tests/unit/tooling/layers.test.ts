import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ICruiseResult, cruise } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const options = await extractDepcruiseOptions(fileURLToPath(new URL('../../../.dependency-cruiser.cjs', import.meta.url)))
const rules = (options.ruleSet?.forbidden ?? []).map(({ name }) => name!)

type Tree = Record<string, string>

const value = 'export const value = 1\n'
const type = 'export interface Shape { size: number }\n'
const uses = (specifier: string): string => `import { value } from '${specifier}'\nexport const used = value\n`
const names = (specifier: string): string => `import type { Shape } from '${specifier}'\nexport type Used = Shape\n`

/** The least of a project. Names need not match: the rules look at who imports whom. */
const sound: Tree = {
  'package.json': JSON.stringify({ type: 'module', imports: { '#main/*': './src-main/*', '#shared/*': './src-shared/*' } }),
  'src-shared/value.ts': value,
  'src-main/shells/cli/main.ts': uses('#main/bench/bench.ts'),
  'src-main/bench/bench.ts': uses('#main/lab/session.ts') + names('#main/checkpoints/evaluate.ts'),
  'src-main/lab/session.ts': names('#main/store/store.ts') + uses('../federation/round.ts'),
  'src-main/checkpoints/evaluate.ts': uses('#main/reading/rows.ts') + type,
  'src-main/reading/rows.ts': uses('#main/predict/memory.ts'),
  'src-main/predict/memory.ts': names('#main/training/sweep.ts'),
  'src-main/store/store.ts': uses('#shared/value.ts'),
  'src-main/federation/round.ts': names('#main/workers/protocol/commands.ts') + uses('#main/network/link.ts'),
  'src-main/network/link.ts': uses('#main/wire/frame.ts'),
  'src-main/models/tokenizer/load-tokenizer.ts': uses('#shared/value.ts'),
  'src-main/wire/frame.ts': value,
  'src-main/workers/protocol/commands.ts': names('#main/training/sweep.ts') + type,
  'src-main/training/sweep.ts': uses('#main/wire/frame.ts') + type,
}

/** For each rule a file that breaks it, and how; every file stands in one tree. */
const offences: Record<string, readonly [file: string, source: string]> = {
  'bench-imports-nothing-above-it': ['src-main/bench/window.ts', uses('#main/shells/cli/main.ts')],
  'lab-imports-nothing-above-it': ['src-main/lab/calibrate.ts', uses('#main/bench/bench.ts')],
  'checkpoints-imports-nothing-above-it': ['src-main/checkpoints/session.ts', uses('#main/lab/session.ts')],
  'reading-imports-nothing-above-it': ['src-main/reading/gradients.ts', uses('#main/checkpoints/evaluate.ts')],
  'predict-imports-nothing-above-it': ['src-main/predict/rows.ts', uses('#main/reading/rows.ts')],
  'store-imports-nothing-above-it': ['src-main/store/host.ts', uses('../lab/session.ts')],
  'federation-imports-nothing-above-it': ['src-main/federation/saved.ts', uses('#main/store/store.ts')],
  'timeline-and-network-imports-nothing-above-it': ['src-main/timeline/round.ts', uses('#main/federation/round.ts')],
  'fleet-imports-nothing-above-it': ['src-main/fleet/link.ts', names('#main/network/link.ts')],
  'workers-imports-nothing-above-it': ['src-main/workers/phone.ts', uses('#main/fleet/phone.ts')],
  'training-imports-nothing-above-it': ['src-main/training/link.ts', uses('#main/network/link.ts')],
  'wire-imports-nothing-above-it': ['src-main/wire/link.ts', uses('#main/network/link.ts')],
  'models-imports-nothing-above-it': ['src-main/models/frame.ts', uses('#main/wire/frame.ts')],
  'engine-imports-nothing-above-it': ['src-main/engine/model.ts', uses('#main/models/frame.ts')],
  'machine-imports-nothing-above-it': ['src-main/machine/graph.ts', uses('#main/engine/model.ts')],
  'no-circular-imports': ['src-main/engine/cycle-a.ts', `${names('./cycle-b.ts')}${type}`],
  'no-orphans': ['src-main/lab/alone.ts', value],
  'every-import-resolves': ['src-main/lab/lost.ts', uses('./gone.ts')],
  'no-development-packages': ['src-main/lab/bundler.ts', uses('bundler')],
  'sources-know-no-tests': ['src-main/lab/tested.ts', uses('../../tests/fixture.ts')],
  'data-stands-alone': ['src-main/data/tokens.ts', uses('#main/models/frame.ts')],
  'no-floor-is-missing': ['src-main/attic/old.ts', uses('#shared/value.ts')],
  'shared-needs-no-node': ['src-shared/file.ts', "import { readFileSync } from 'node:fs'\nexport const read = readFileSync\n"],
  'shared-knows-no-process': ['src-shared/main.ts', uses('../src-main/engine/model.ts')],
  'renderer-sees-only-shared': ['src-renderer/view.ts', uses('../src-main/engine/model.ts')],
  'renderer-needs-no-node': ['src-renderer/path.ts', "import { join } from 'node:path'\nexport const joined = join\n"],
  'a-run-is-pure-logic': ['src-main/network/spawn.ts', "import { spawn } from 'node:child_process'\nexport const start = spawn\n"],
  'a-run-knows-only-the-protocol-of-workers': ['src-main/federation/program.ts', names('#main/workers/phone.ts')],
  'a-run-loads-no-worker': ['src-main/timeline/commands.ts', uses('#main/workers/protocol/commands.ts')],
  'electron-only-where-it-belongs': ['src-main/shells/web/window.ts', uses('electron')],
  'onnxruntime-node-only-where-it-belongs': ['src-main/training/session.ts', "export const runtime = import('onnxruntime-node')\n"],
  'tokenizers-only-where-it-belongs': ['src-main/lab/tokens.ts', uses('tokenizers')],
  'tokenizers-only-in-the-reader': ['src-main/fleet/tokens.ts', uses('#main/models/tokenizer/load-tokenizer.ts')],
  'koffi-only-where-it-belongs': ['src-main/fleet/phone.ts', names('koffi')],
  'better-sqlite3-only-where-it-belongs': ['src-main/lab/sql.ts', uses('better-sqlite3')],
  'no-import-in-disguise': [
    'src-main/store/late.ts',
    "import { createRequire } from 'node:module'\nexport const require = createRequire('/')\n",
  ],
}

const unsound: Tree = {
  ...sound,
  'package.json': JSON.stringify({ ...(JSON.parse(sound['package.json']!) as object), devDependencies: { bundler: '1.0.0' } }),
  'node_modules/bundler/package.json': JSON.stringify({ name: 'bundler', version: '1.0.0', type: 'module', main: 'index.js' }),
  'node_modules/bundler/index.js': value,
  'src-main/engine/cycle-b.ts': `${names('./cycle-a.ts')}${type}`,
  'tests/fixture.ts': value,
  ...Object.fromEntries(Object.values(offences)),
}

const folders: string[] = []

/** `rule: file` of every import in `tree` that the project's own rules forbid. */
async function violations(tree: Tree): Promise<string[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'layers-')))
  folders.push(folder)
  for (const [file, source] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), source)
  }
  const sources = [...new Set(Object.keys(tree).map((file) => file.split('/')[0]!))].filter((name) => name.startsWith('src-'))
  const { output } = await cruise(sources, { ...options, baseDir: folder, validate: true })
  return (output as ICruiseResult).summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)
}

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

it('a sound tree breaks no rule, type imports of the protocol and frames below the network included', async () => {
  expect(await violations(sound)).toEqual([])
})

describe('every rule can fail', () => {
  let found: string[]

  beforeAll(async () => {
    found = await violations(unsound)
  })

  it('and each has its offence here', () => {
    expect(Object.keys(offences).toSorted()).toEqual(rules.toSorted())
  })

  it.each(Object.entries(offences))('%s', (rule, [file]) => {
    expect(found).toContain(`${rule}: ${file}`)
  })
})

it('every rule is an error and says why it is there', () => {
  for (const rule of options.ruleSet?.forbidden ?? []) {
    expect(rule).toMatchObject({ severity: 'error', comment: expect.stringMatching(/.{20}/) })
  }
})
