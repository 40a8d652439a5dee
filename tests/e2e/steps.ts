/** What a user does in several specs. */
import { type Page, expect } from '@playwright/test'
import { VIEWS } from '#shared/api/views.ts'

type ViewTitle = (typeof VIEWS)[number]['title']
export const VIEW_TITLES = VIEWS.map(({ title }) => title)

/** By the rail of views. */
export async function go(window: Page, view: ViewTitle): Promise<void> {
  await window.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view }).click()
}

export const runButton = (window: Page) => window.getByRole('main').getByRole('button', { name: 'Run', exact: true })

/** Starts the scenario that is loaded, and waits until its first round has begun; a short run may be over when it is looked at. */
export async function startRun(window: Page): Promise<void> {
  await runButton(window).click()
  await expect(window.getByRole('heading', { name: /^Round \d+ of \d+|^All rounds are done/ })).toBeVisible({ timeout: 60_000 })
}

export async function untilOver(window: Page): Promise<void> {
  await go(window, 'Run')
  await expect(window.getByRole('heading', { name: 'All rounds are done.' })).toBeVisible({ timeout: 60_000 })
}

export const transport = (window: Page) => window.getByRole('region', { name: 'Transport' })
export const scrubBar = (window: Page) => window.getByRole('slider', { name: 'Moment of the session' })
export const phones = (window: Page) => window.getByRole('listbox', { name: 'Fleet' })
