import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, test } from './window.ts'
import { VIEW_TITLES, go, startRun, untilOver } from './steps.ts'

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
      for (const view of VIEW_TITLES) {
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
  await window.keyboard.press('ControlOrMeta+k')
  expect(await findings(window), 'palette').toEqual([])
})

test('axe finds nothing in what is told of data of the user’s own', async ({ lab, window }) => {
  const path = join(lab.folder, 'own.tsv')
  const row = (i: number): string => `some words ${i}\ta question too\t${['no', 'No', 'yes', '-'][i % 4]}`
  writeFileSync(path, ['sentence\tcontext\tlabel', ...Array.from({ length: 80 }, (_, i) => row(i))].join('\n'))
  await window.getByRole('combobox', { name: 'Data' }).selectOption('own')
  await window.getByRole('textbox', { name: 'File with the training rows' }).fill(path)
  await expect(window.getByRole('button', { name: /the label "-", which means no class/ })).toBeVisible()
  await window.getByRole('button', { name: /the label "-", which means no class/ }).click()
  await expect(window.getByRole('textbox', { name: 'File with the training rows' })).toBeFocused()
  writeFileSync(path, ['sentence\tcontext\tlabel', ...Array.from({ length: 80 }, (_, i) => row(i % 3))].join('\n'))
  await window.getByRole('textbox', { name: 'Column of the text' }).fill('sentence')
  const told = window.getByRole('region', { name: 'The data as it is read' })
  await expect(window.getByRole('button', { name: /differ by case/ })).toBeVisible()
  await window.getByText('All settings').click()
  const classes = window.getByRole('textbox', { name: 'data.classes' })
  await classes.fill('no, yes,')
  await classes.press('Tab')
  await expect(classes).toHaveValue('no, yes')
  await expect(told.getByRole('row', { name: /yes/ })).toContainText('26')
  await expect(told.getByRole('row', { name: /written “No”/ })).toContainText('54')
  await expect(told).toContainText('the texts of column “context” are not read')
  await window.evaluate(axe)
  for (const theme of ['light', 'dark'] as const) {
    await window.emulateMedia({ colorScheme: theme })
    expect(await findings(window), theme).toEqual([])
  }
})
