/** The real window as the desktop app shows it: its main process and preload as built, on the stand-in for Electron, and a real lab. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { showIn } from '../desktop/in-browser.ts'
import { desktopApps } from '../desktop/desktop-app.ts'
import { DESKTOP, upToDate } from '../../src-main/shells/built.ts'
import { projectRoot } from './lab-process.ts'
import { startRun } from './steps.ts'
import { UNTIL_STOPPED, type ShellOption, scenarioFile } from './window.ts'

interface Fixtures {
  readonly apps: ReturnType<typeof desktopApps>
}

const test = base.extend<Fixtures & ShellOption>({
  shell: ['web', { option: true }],
  sameEverywhere: [false, { option: true }],
  apps: async ({ shell }, use) => {
    base.skip(shell !== 'web' || process.platform === 'win32', 'Electron needs no stand-in, and Windows has no signal that stops a process')
    await upToDate(projectRoot, DESKTOP, console.log)
    const apps = desktopApps()
    await use(apps)
    await apps.remove()
  },
})

test('does what its menu says, takes what is dropped on it, and says what it waits for when it is closed in a round', async ({
  apps,
  page,
}) => {
  const rows = join(apps.folder, 'rows.tsv')
  writeFileSync(rows, 'text\tlabel\n')
  const scenario = join(apps.folder, 'long.json')
  const small = JSON.parse(readFileSync(scenarioFile('small'), 'utf8')) as object
  writeFileSync(scenario, JSON.stringify({ ...small, stop: { rounds: UNTIL_STOPPED } }))
  const app = apps.start(['--store', 'sessions.db'], { inBrowser: true })
  await showIn(page, app, { 'long.json': scenario, 'rows.tsv': rows })
  await app.do('menu', 'view.fleet')
  await expect(page.getByRole('heading', { name: 'Fleet' }).first()).toBeVisible()
  await app.do('menu', 'theme.dark')
  await expect.poll(async () => (await app.state()).theme).toBe('dark')

  const drop = async (name: string): Promise<void> => {
    const files = await page.evaluateHandle((named) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File(['not read by the page'], named))
      return transfer
    }, name)
    await page.getByRole('main').dispatchEvent('drop', { dataTransfer: files })
  }
  await drop('rows.tsv')
  await expect(page.getByText(`${rows} is the data to train on.`)).toBeVisible()
  await drop('long.json')
  await expect(page.getByText('All 3 phones fit')).toBeVisible()
  await startRun(page)
  await expect.poll(async () => (await app.state()).windows[0]!.progress).toBeGreaterThan(0)

  // Its round takes as long as it is looked at.
  const [lab] = (await app.state()).lab
  process.kill(lab!, 'SIGSTOP')
  await app.leave('close')
  await app.answer('A session is running', { response: 0 })
  await expect(page.getByRole('heading', { name: 'Finishing the round in progress' })).toBeVisible()
  process.kill(lab!, 'SIGCONT')
  expect(await app.ended).toEqual({ code: 0, signal: null })
})

test('says that its lab is gone when it is, and goes on with one that is started again', async ({ apps, page }) => {
  const app = apps.start([], { inBrowser: true })
  await showIn(page, app)
  const ready = page.getByRole('main').getByRole('button', { name: 'Run', exact: true })
  await expect(ready).toBeVisible()
  await app.do('killLab')
  await expect(page.getByRole('heading', { name: 'The lab does not answer' })).toBeVisible()
  await app.answer('it was ended by SIGKILL', { response: 0 })
  await expect(ready).toBeVisible()
})

test('passes --smoke with the real window', async ({ apps, page }) => {
  const app = apps.start(['--smoke'], { inBrowser: true })
  await showIn(page, app)
  expect(await app.ended, app.output).toEqual({ code: 0, signal: null })
  expect(app.output).toContain('smoke: ok')
})
