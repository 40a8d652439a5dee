/** What a user does again and again, and what axe says of a page. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from '@playwright/test'
import { expect } from './window.ts'

export const VIEWS = ['Run', 'Fleet', 'Schedule', 'Compression', 'Convergence', 'Memory', 'Sessions'] as const

/** A session's start and every round are real, on machines of any speed. */
export const PATIENCE = { timeout: 60_000 }

/** It says so where a phone would not fit. */
export function runButton(page: Page): Locator {
  return page.getByRole('main').getByRole('complementary').getByRole('button', { name: /^Run/ })
}

export function transport(page: Page): Locator {
  return page.getByRole('region', { name: 'Transport' })
}

export async function runToEnd(page: Page): Promise<void> {
  await runButton(page).click(PATIENCE)
  await expect(page.getByRole('heading', { name: 'All rounds are done.' })).toBeVisible(PATIENCE)
}

export async function goTo(page: Page, view: (typeof VIEWS)[number]): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view, exact: true }).click()
}

/** The number of the round in the transport. */
export function round(page: Page): Locator {
  return transport(page).locator('dt', { hasText: 'round' }).locator('xpath=following-sibling::dd[1]')
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface AxeWindow {
  readonly axe?: {
    run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>
  }
}

/** What axe finds on the page as it is, in words. */
export async function violations(page: Page): Promise<string[]> {
  // Through the debugger: the page's policy lets no text become a program.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations: found } = await (window as AxeWindow).axe!.run()
    return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`))
  })
}
