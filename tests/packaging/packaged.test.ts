import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESKTOP, PACKAGED_LAB, upToDate } from '#main/shells/built.ts'
import { packageWithStandIns } from './build.ts'
import { compiledFor, contentProblems, headOf } from './contents.ts'
import { fuseProblems } from './fuses.ts'
import { runQuickstart } from './quickstart.ts'
import { megabytes, sizeOf } from './size.ts'
import { type App, appsIn, unpack } from './unpack.ts'

const root = join(import.meta.dirname, '..', '..')
const why = process.platform === 'linux' ? '' : ' (skipped: the stand-ins for Electron are for Linux; npm run package makes packages here)'

describe.skipIf(why !== '')(`the packaged app, with a stand-in for Electron${why}`, () => {
  const temporary = mkdtempSync(join(tmpdir(), 'cooperlab-packaged-'))
  let app: App

  beforeAll(async () => {
    for (const build of [DESKTOP, PACKAGED_LAB]) await upToDate(root, build, console.log)
    const [path] = appsIn(packageWithStandIns(root, temporary, 'dir'))
    app = unpack(path!, temporary, root)
    console.log(`packaged: ${megabytes(sizeOf(path!))} beside Electron`)
  }, 300_000)

  afterAll(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }))

  test('it has every file that it needs and none that it does not, all binaries are for this machine, and its fuses are set', async () => {
    expect([...contentProblems(app.resources, process), ...(await fuseProblems(app))]).toEqual([])
  })

  test('what is missing, superfluous or made for another machine is named', () => {
    const lab = join(app.resources, 'lab')
    const [kernels, aside] = [join(lab, 'resources', 'kernels.wasm'), join(temporary, 'kernels.wasm')]
    const extra = ['README.md', 'node_modules/tokenizers/tokenizers.win32-x64-msvc.node'].map((name) => join(lab, name))
    const addon = join('node_modules', 'better-sqlite3', 'prebuilds')
    const ours = join(lab, addon, `linux-${process.arch}.node`)
    renameSync(kernels, aside)
    writeFileSync(extra[0]!, '')
    copyFileSync(join(root, addon, 'darwin-arm64.node'), extra[1]!)
    renameSync(ours, `${aside}.node`)
    copyFileSync(extra[1]!, ours)
    try {
      expect(contentProblems(app.resources, process)).toEqual([
        'lab/resources/kernels.wasm is missing',
        'lab/README.md is superfluous',
        'lab/node_modules/tokenizers/tokenizers.win32-x64-msvc.node is superfluous',
        `lab/node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node is for darwin arm64`,
        'lab/node_modules/tokenizers/tokenizers.win32-x64-msvc.node is for darwin arm64',
      ])
    } finally {
      renameSync(aside, kernels)
      renameSync(`${aside}.node`, ours)
      extra.forEach((file) => rmSync(file))
    }
  })

  test('its lab runs the quickstart with its own Node over the pipe that the app speaks', async () => {
    const { rounds, accuracy } = await runQuickstart(app.resources, join(temporary, 'home'), 2)
    expect(rounds).toBe(2)
    expect(accuracy).toBeGreaterThan(0.6)
  }, 300_000)
})

test('binaries tell which system and processor they are for', () => {
  const made = (package_: string) => compiledFor(headOf(join(root, 'node_modules', package_)))
  expect(
    ['linux-arm64', 'linux-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'].map((name) => made(`better-sqlite3/prebuilds/${name}.node`)),
  ).toEqual([
    { platform: 'linux', arch: 'arm64' },
    { platform: 'linux', arch: 'x64' },
    { platform: 'darwin', arch: 'arm64' },
    { platform: 'win32', arch: 'x64' },
    { platform: 'win32', arch: 'arm64' },
  ])
  expect(made('better-sqlite3/package.json')).toBeNull()
})
