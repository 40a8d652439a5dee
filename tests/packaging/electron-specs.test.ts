import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
let folder: string

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cooperlab-specs-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** One spec of the window in the desktop app. */
function specs(variables: NodeJS.ProcessEnv): { status: number | null; output: string } {
  const program = join(root, 'node_modules', '@playwright', 'test', 'cli.js')
  const words = [
    'test',
    '--config',
    'tests/e2e/playwright.config.ts',
    '--project',
    'electron',
    '--reporter',
    'line',
    '--output',
    join(folder, 'output'),
    'cap.spec',
  ]
  // As from a terminal: neither Vitest's own variables nor what this run requires.
  const env = { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined, REQUIRE_ELECTRON: undefined, ...variables }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { cwd: root, encoding: 'utf8', env })
  return { status, output: stdout + stderr }
}

test('without Electron the specs of the desktop app are skipped; where it is required that is a failure', () => {
  const nowhere = { ELECTRON_OVERRIDE_DIST_PATH: folder }
  const skipped = specs(nowhere)
  expect(skipped.output).toMatch(/\d skipped/)
  expect(skipped.status).toBe(0)
  const { status, output } = specs({ ...nowhere, REQUIRE_ELECTRON: '1' })
  expect(output).toContain("Electron's binary is not here")
  expect(status).toBe(1)
}, 300_000)

const why = process.platform === 'win32' ? ' (skipped: a script is no program on Windows)' : ''

test.skipIf(why !== '')(
  `with it they start it on the app, with the spec's own store and scenario, and no browser${why}`,
  () => {
    const [binary, told] = [join(folder, 'electron'), join(folder, 'told')]
    writeFileSync(binary, `#!/bin/sh\nprintf '%s\\n' "$COOPERLAB_HOME" "$@" >'${told}'\nexit 1\n`)
    chmodSync(binary, 0o755)
    const { status, output } = specs({ ELECTRON_OVERRIDE_DIST_PATH: folder })
    expect(output).toContain('electron.launch')
    expect(status).toBe(1)
    const [home, ...words] = readFileSync(told, 'utf8').trim().split('\n')
    expect(home).toMatch(/cooperlab-e2e-.*home$/)
    const app = words.indexOf(root)
    expect(words.slice(app + 1)).toEqual(['--store', expect.stringMatching(/sessions\.db$/), '--scenario', expect.stringMatching(/cap\.json$/), '--data', expect.any(String)]) // prettier-ignore
    expect(words).not.toContain('--web')
  },
  300_000,
)
