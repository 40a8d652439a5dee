/** What every spec starts from: a lab with a store of its own and its window, in the shell of the project. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Page, test as base, expect } from '@playwright/test'
import { electronBinary } from '../../src-main/shells/electron/binary.ts'
import { Desktop, WHY_NOT } from './desktop.ts'
import { type Size, writeBigSession } from '../bench/ui/big-session.ts'
import { LabProcess, projectRoot } from './lab-process.ts'

export { expect }

export interface ShellOption {
  readonly shell: 'web' | 'electron'
  /** It draws the same on every machine. */
  readonly sameEverywhere: boolean
}

export interface Lab {
  /** Folder of this test alone. */
  readonly folder: string
  readonly storePath: string
  /** The window. */
  readonly page: Page
  /** Kills the lab as a crash would, and starts it again on the same store. */
  killAndRestart(): Promise<Page>
  /** Picks a file in the dialog that `open` brings up: the browser's, or the system's in the desktop app. */
  choose(open: () => Promise<void>, file: string): Promise<void>
}

/** A lab that runs, in one of the shells. */
interface Running {
  readonly page: Page
  choose(open: () => Promise<void>, file: string): Promise<void>
  end(): Promise<void>
  kill(): Promise<void>
}

export const scenarioFile = (name: 'small' | 'cap') => join(import.meta.dirname, 'scenarios', `${name}.json`)

/** Rounds of a run that is held, tuned or killed on the way and must not end before that: one of three small phones takes about .1 s. */
export const UNTIL_STOPPED = 1000

interface Fixtures {
  readonly lab: Lab
  readonly window: Page
  /** Shown first; a small run unless a spec says otherwise. */
  readonly scenario: string
  /** In place of the scenario's own number; null: that one. */
  readonly rounds: number | null
  /** A session that is there from before; null: none. */
  readonly kept: Size | null
}

export const test = base.extend<Fixtures & ShellOption>({
  shell: ['web', { option: true }],
  sameEverywhere: [false, { option: true }],
  kept: [null, { option: true }],
  scenario: [scenarioFile('small'), { option: true }],
  rounds: [null, { option: true }],
  lab: async ({ shell, page: browserPage, scenario, rounds, kept }, use) => {
    skipWithoutElectron(shell)
    const folder = mkdtempSync(join(tmpdir(), 'cooperlab-e2e-'))
    const storePath = join(folder, 'sessions.db')
    const file = rounds === null ? scenario : withRounds(scenario, rounds, join(folder, 'scenario.json'))
    if (kept) writeBigSession(storePath, '11111111-1111-4111-8111-111111111111', kept)
    const problems: string[] = []
    const words = ['--store', storePath, '--scenario', file, '--data', folder]
    const start = async (): Promise<Running> => {
      if (shell === 'web') watch(browserPage, problems)
      const running = shell === 'web' ? await inBrowser(browserPage, words) : await inDesktop(join(folder, 'home'), words)
      watch(running.page, problems)
      return running
    }
    let running = await start()
    await use({
      folder,
      storePath,
      page: running.page,
      async killAndRestart() {
        await running.kill()
        // The window says that it can't reach a lab that was killed.
        problems.length = 0
        running = await start()
        return running.page
      },
      choose: (open, path) => running.choose(open, path),
    })
    await running.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    expect(problems, 'errors in the window').toEqual([])
  },
  window: async ({ lab }, use) => use(lab.page),
})

async function inBrowser(page: Page, words: readonly string[]): Promise<Running> {
  const lab = new LabProcess(words)
  await page.goto(await lab.address)
  // Left before the lab ends, or the window would look for it.
  const leave = (): Promise<unknown> => page.goto('about:blank')
  return {
    page,
    async choose(open, file) {
      const chosen = page.waitForEvent('filechooser')
      await open()
      await (await chosen).setFiles(file)
    },
    async end() {
      await leave()
      await lab.end()
    },
    async kill() {
      await lab.end('SIGKILL')
      await leave()
    },
  }
}

async function inDesktop(home: string, words: readonly string[]): Promise<Running> {
  const desktop = await Desktop.open(home, words)
  return {
    page: desktop.page,
    async choose(open, file) {
      await desktop.willChoose(file)
      await open()
    },
    end: () => desktop.end(),
    kill: () => desktop.kill(),
  }
}

/** @returns `to`, which holds the scenario with so many rounds */
function withRounds(from: string, rounds: number, to: string): string {
  const scenario = JSON.parse(readFileSync(from, 'utf8')) as { readonly stop: object }
  writeFileSync(to, JSON.stringify({ ...scenario, stop: { ...scenario.stop, rounds } }))
  return to
}

const watched = new WeakSet<Page>()

/** Errors of the page and what its policy refused. */
function watch(page: Page, problems: string[]): void {
  if (watched.has(page)) return
  watched.add(page)
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
}

function skipWithoutElectron(shell: ShellOption['shell']): void {
  if (shell === 'web' || electronBinary(projectRoot) !== null) return
  if (process.env['REQUIRE_ELECTRON'] === '1') throw new Error(WHY_NOT)
  test.skip(true, WHY_NOT)
}
