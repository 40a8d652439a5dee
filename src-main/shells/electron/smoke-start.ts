/** `--smoke`: the app opens as always, with a store of its own, the page tries whatever it asks of the lab, and the app ends with 0 or what failed. */
import { type BrowserWindow, app } from 'electron'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMOKE, SMOKED } from '#shared/api/desktop.ts'
import { listen } from './channels.ts'

/** The longest wait, far longer than a start takes; a page that hangs is a failure too. */
const PATIENCE_MINUTES = 10

/** Everything that such a start keeps, gone with its process. */
export function smokeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'cooperlab-smoke-'))
  process.once('exit', () => {
    try {
      rmSync(home, { recursive: true, force: true })
    } catch {
      // Chromium may still have files of it open.
    }
  })
  return home
}

/** @param end ends the lab */
export function smoke(window: BrowserWindow, end: () => Promise<void>): void {
  const over = async (problems: readonly string[]): Promise<void> => {
    await end()
    for (const problem of problems) process.stderr.write(`smoke: ${problem}\n`)
    process.stdout.write(problems.length === 0 ? 'smoke: ok\n' : `smoke: ${problems.length} failed\n`)
    app.exit(problems.length === 0 ? 0 : 1)
  }
  const { webContents } = window
  const fail = (words: string): void => void over([words])
  setTimeout(() => fail(`the window said nothing for ${PATIENCE_MINUTES} minutes`), 60_000 * PATIENCE_MINUTES).unref()
  webContents.once('did-fail-load', (_event, code, words, url) => fail(`${url} could not be loaded: ${words} (${code})`))
  webContents.once('render-process-gone', (_event, { reason }) => fail(`the window's process ended: ${reason}`))
  webContents.once('preload-error', (_event, path, error) => fail(`${path}: ${error.message}`))
  webContents.once('did-finish-load', () => webContents.send(SMOKE))
  listen(SMOKED, (_event, problems) => void over(Array.isArray(problems) ? problems.map(String) : ['the window answered nonsense']))
}
