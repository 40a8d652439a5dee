import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
// @ts-expect-error a settings file without types
import config from '../../electron-builder.config.mjs'
import manifest from '../../package.json' with { type: 'json' }

interface Shipped {
  readonly from: string
  readonly to: string
  readonly filter?: readonly string[]
}

const root = join(import.meta.dirname, '..', '..')
const app = mkdtempSync(join(tmpdir(), 'cooperlab-package-'))
afterAll(() => rmSync(app, { recursive: true }))

/** Puts what the package takes of a folder where the package has it; large files as links. */
function ship({ from, to, filter = ['**'] }: Shipped): void {
  const cwd = join(root, from)
  const left = new Set(globSync(filter.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)), { cwd })) // prettier-ignore
  for (const file of globSync(
    filter.filter((pattern) => !pattern.startsWith('!')),
    { cwd },
  )) {
    // prettier-ignore
    const [source, target] = [join(cwd, file), join(app, to, file)]
    const status = statSync(source)
    if (left.has(file) || !status.isFile()) continue
    mkdirSync(dirname(target), { recursive: true })
    if (status.size > 1e6) symlinkSync(source, target)
    else cpSync(source, target)
  }
}

test('the native packages load from the files that the installers ship, and nothing else of them is needed', () => {
  const shipped = (config.extraResources as readonly Shipped[]).filter(({ to }) => to.startsWith('lab/node_modules/'))
  expect(shipped.length).toBeGreaterThan(3)
  shipped.forEach(ship)
  const program = `
    const { createRequire } = require('node:module')
    const load = createRequire(process.argv[1])
    const Database = load('better-sqlite3')
    const rows = new Database(':memory:').prepare('SELECT 6 * 7 AS n').get().n
    const { Tensor } = load('onnxruntime-node')
    const pid = process.platform === 'win32' ? process.pid : load('koffi').load(null).func('int getpid()')()
    const tokenizer = load('tokenizers').Tokenizer.fromString('{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}')
    console.log(JSON.stringify([rows, new Tensor('float32', [1, 2], [2]).dims[0], pid === process.pid, tokenizer.tokenToId('a')]))`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program, join(app, 'lab', 'out', 'process.js')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ORT_DISABLE_TELEMETRY: '1' },
  })
  expect(stderr).toBe('')
  expect([status, JSON.parse(stdout)]).toEqual([0, [42, 2, true, 0]])
  expect(globSync('lab/node_modules/tokenizers/*.node', { cwd: app })).toHaveLength(1)
})

test('a deb says whose it is and where it comes from, and an AppImage needs no libfuse2', () => {
  expect(manifest.homepage).toMatch(/^https:/)
  expect(config.linux.maintainer).not.toBe('')
  // electron-builder takes the runtime with libfuse2 where nothing is said.
  expect(config.toolsets.appimage).toMatch(/^[1-9]/)
})

test('an app for macOS is signed ad hoc, for a runtime that accepts that, unless there is a Developer ID', () => {
  const program =
    "import('./electron-builder.config.mjs').then(({ default: { mac } }) => console.log(JSON.stringify([mac.identity, mac.hardenedRuntime])))"
  const settings = (variables: Record<string, string>): unknown => {
    const env = { PATH: process.env['PATH'], ...variables }
    return JSON.parse(spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8', env }).stdout)
  }
  expect(settings({})).toEqual(['-', false])
  // Left out, electron-builder looks for one.
  expect(settings({ CSC_NAME: 'Somebody' })).toEqual([null, true])
})
