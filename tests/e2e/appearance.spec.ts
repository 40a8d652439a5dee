import type { Page } from '@playwright/test'
import { VIEW_TITLES, go } from './steps.ts'
import { expect, test } from './window.ts'

test.use({ viewport: { width: 1024, height: 700 }, kept: { phones: 8, layers: 4, rounds: 12 } })
test.skip(({ sameEverywhere }) => !sameEverywhere, 'pictures are compared in the Chromium of the packages alone: others have other fonts')

/** Of no picture: what this machine measures, what follows from it, and what depends on the day. */
const UNSURE = '.aside, .processes .bars, .processes .ruler, dl.strip.measured, .startedAt, .side'

/** Renewed with `npm run e2e -- appearance -u`, after looking at them. The session was written, not run: its numbers are always the same. */
test('the main views look as they did when somebody last looked at their pictures', async ({ window }) => {
  test.slow()
  await expect(window.getByText('All 3 phones fit')).toBeVisible()
  await look(window, 'new-run')
  await go(window, 'Sessions')
  await window.getByRole('table').getByText('8 phones, 4 layers').dblclick()
  await go(window, 'Run')
  await expect(window.getByRole('heading', { name: 'All rounds are done.' })).toBeVisible()
  await look(window, 'run')
  for (const [i, view] of VIEW_TITLES.filter((title) => title !== 'Run').entries()) {
    await window.emulateMedia({ colorScheme: i < 3 ? 'light' : 'dark' })
    await go(window, view)
    // It is asked for when the view is opened.
    if (view === 'Memory') await expect(window.getByText('Less memory')).toBeVisible()
    await look(window, view.toLowerCase())
  }
})

async function look(window: Page, name: string): Promise<void> {
  await window.mouse.move(0, 0)
  // By the elements' own styles: the page's policy lets no other in.
  await window.locator(UNSURE).evaluateAll((elements) => {
    for (const element of elements) if (element instanceof HTMLElement) element.style.visibility = 'hidden'
  })
  await expect(window).toHaveScreenshot(`${name}.png`, { threshold: 0.05, maxDiffPixelRatio: 0.002 })
}
