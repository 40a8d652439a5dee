/**
 * `npm run screenshots [-- SCENARIO [DIR]]`: the README's pictures, made of a real run: starts the lab on a scenario, runs it to its end in the
 * window and takes every view in light and dark.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Page, chromium } from '@playwright/test'
import { VIEWS } from '../../src-shared/api/views.ts'
import { findChromium } from '../e2e/browser/find-chromium.ts'
import { LabProcess, projectRoot } from '../e2e/lab-process.ts'

const LONGEST_RUN_MILLISECONDS = 30 * 60_000

const scenario = resolve(process.argv[2] ?? join(projectRoot, 'resources', 'scenarios', 'quickstart.json'))
const directory = resolve(process.argv[3] ?? join(projectRoot, 'resources', 'screenshots'))

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'))
const lab = new LabProcess(['--store', join(folder, 'sessions.db'), '--scenario', scenario])
const { executablePath, args, env } = await findChromium()
const browser = await chromium.launch({ executablePath, args: [...args], env: { ...process.env, ...env } as Record<string, string> })
try {
  mkdirSync(directory, { recursive: true })
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1.5, reducedMotion: 'reduce' })
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(message.text())
  })
  await page.goto(await lab.address)
  const run = page.getByRole('main').getByRole('button', { name: 'Run', exact: true })
  // The memory of each phone is predicted before a run can start.
  await run.click({ trial: true })
  await shoot(page, 'before')
  await run.click()
  const end = page.getByText('All rounds are done.').first()
  await page
    .getByText(/Round [3-9] of/)
    .first()
    .waitFor({ timeout: LONGEST_RUN_MILLISECONDS })
  await shoot(page, 'running')
  await page.keyboard.press('Control+2')
  await shoot(page, 'fleet-running')
  await page.keyboard.press('Control+1')
  await end.waitFor({ timeout: LONGEST_RUN_MILLISECONDS })
  for (const [i, { id: view }] of VIEWS.entries()) {
    await page.keyboard.press(`Control+${i + 1}`)
    // A round in which directions travel.
    if (view === 'schedule') {
      const round = page.getByRole('main').getByRole('spinbutton').first()
      await round.fill('4')
      await round.press('Enter')
      await round.blur()
    }
    await page.waitForTimeout(800)
    await shoot(page, view)
  }
} finally {
  await browser.close()
  await lab.end()
  rmSync(folder, { recursive: true })
}

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.waitForTimeout(300)
    await page.screenshot({ path: join(directory, `${name}-${colorScheme}.png`) })
  }
}
