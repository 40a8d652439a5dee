import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, test } from './window.ts'
import { VIEWS, go, startRun, untilOver } from './steps.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds in the window as it stands, a line each. */
async function findings(window: Page): Promise<string[]> {
  const results = await window.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run())
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

test('axe finds nothing in any view, in either theme, before a run and after one', async ({ window }) => {
  test.slow()
  // The page's policy lets no script in; the debugger may.
  await window.evaluate(axe)
  const look = async (when: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      await window.emulateMedia({ colorScheme: theme })
      for (const view of VIEWS) {
        await go(window, view)
        await expect(window.getByRole('heading', { level: 1 }).first()).toBeAttached()
        expect(await findings(window), `${view}, ${theme}, ${when}`).toEqual([])
      }
    }
  }
  await look('before a run')
  await go(window, 'Run')
  await startRun(window)
  await untilOver(window)
  await look('after one')
  await window.keyboard.press('Control+k')
  expect(await findings(window), 'palette').toEqual([])
})
