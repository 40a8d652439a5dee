/** `npm start` with programs in Electron's place, each of which ends as Electron does on some machine. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DESKTOP, upToDate } from '#main/shells/built.ts'
import { type DesktopEnd, desktopEnvironment, runDesktop } from '#main/shells/electron/run-desktop.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'run-desktop-'))
const words = { scenario: join(folder, 'a b.json'), store: null, data: null, files: [], smoke: false }
const said: string[] = []

beforeAll(() => upToDate(root, DESKTOP, () => {}), 240_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** @param script what Electron does, a shell script */
function start(script: string): Promise<DesktopEnd> {
  const binary = join(folder, 'electron')
  writeFileSync(binary, `#!/bin/sh\n${script}\n`)
  chmodSync(binary, 0o755)
  return runDesktop({ root, binary, words, cwd: folder, say: (line) => said.push(line) })
}

const windows = process.platform === 'win32'

test.skipIf(windows)('an app that ended before it had a window is told why, for the browser to be opened in its place', async () => {
  expect(await start('echo "FATAL: The SUID sandbox helper binary was found, but" >&2; kill -TRAP $$')).toEqual({
    why: expect.stringMatching(/^its sandbox can't be set up/) as string,
  })
  expect(await start('exit 0')).toEqual({ why: 'it ended with code 0' })
  expect(await runDesktop({ root, binary: join(folder, 'none'), words, cwd: folder, say: () => {} })).toEqual({
    why: expect.stringMatching(/^it could not be started \(.*ENOENT/) as string,
  })
})

test.skipIf(windows)('one that had a window ends with its own code; one that is open already takes over', async () => {
  expect(await start('printf shown > "$COOPERLAB_READY"; exit 3')).toEqual({ code: 3 })
  expect(said).toEqual([])
  expect(await start('printf handed-over > "$COOPERLAB_READY"')).toEqual({ code: 0 })
  expect(said).toEqual(['CooperLab is open already, and shows what was to be opened.'])
})

test.skipIf(windows)('it is told what to open, and is not made a plain Node by what the environment holds', async () => {
  process.env['ELECTRON_RUN_AS_NODE'] = '1'
  const out = join(folder, 'out')
  await start(`printf '%s\\n' "$@" > '${out}'; echo "as node: $ELECTRON_RUN_AS_NODE, node: $COOPERLAB_NODE" >> '${out}'`)
  delete process.env['ELECTRON_RUN_AS_NODE']
  const lines = readFileSync(out, 'utf8').trim().split('\n')
  expect(lines.slice(lines.indexOf(root))).toEqual([root, '--scenario', join(folder, 'a b.json'), `as node: , node: ${process.execPath}`])
  const passed = desktopEnvironment({ PATH: '/bin', Electron_Run_As_Node: '1', NODE_OPTIONS: '--inspect' }, 'r')
  expect(Object.keys(passed).toSorted()).toEqual(['COOPERLAB_NODE', 'COOPERLAB_READY', 'PATH'])
})
