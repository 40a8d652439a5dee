import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { go } from './steps.ts'
import { expect, test } from './window.ts'

test.use({ kept: { phones: 2, layers: 2, rounds: 3 } })

/** What the window hands to the user as a file. */
async function saved(page: Page, folder: string, act: () => Promise<void>): Promise<string> {
  const download = page.waitForEvent('download')
  await act()
  const file = join(folder, (await download).suggestedFilename())
  await (await download).saveAs(file)
  return file
}

test('a session is exported, deleted, and taken in again where its file is dropped, with all that it was', async ({ lab }) => {
  const { page, folder } = lab
  await go(page, 'Sessions')
  const row = page.getByRole('row', { name: /2 phones, 2 layers/ })
  await row.click()
  const file = await saved(page, folder, () => page.getByRole('button', { name: 'Export…' }).click())
  expect(file).toMatch(/2-phones-2-layers\.cooperlab$/)
  await page.getByRole('button', { name: 'Delete', exact: true }).last().click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await expect(row).toHaveCount(0)

  const dropped = await page.evaluateHandle(
    ({ name, text }) => {
      const files = new DataTransfer()
      files.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name))
      return files
    },
    { name: 'run.cooperlab', text: readFileSync(file).toString('base64') },
  )
  await page.getByRole('main').locator('section').first().dispatchEvent('drop', { dataTransfer: dropped })
  await expect(row).toContainText('finished')
  await go(page, 'Run')
  await expect(page.getByRole('heading', { name: 'All rounds are done.' })).toBeVisible()
  await go(page, 'Fleet')
  await expect(page.getByRole('listbox', { name: 'Fleet' }).getByRole('option')).toHaveCount(2)
})

test('a scenario is saved to a file and opened from it as it was', async ({ lab }) => {
  const { page, folder } = lab
  const seed = page.getByRole('textbox', { name: 'Seed' }).first()
  await seed.fill('17')
  const file = await saved(page, folder, () => page.keyboard.press('ControlOrMeta+S'))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ seed: 17, fleet: [{ profile: 'pixel-4', count: 2 }, {}] })
  await seed.fill('5')
  await lab.choose(() => page.keyboard.press('ControlOrMeta+O'), file)
  await expect(seed).toHaveValue('17')
  await expect(page.getByText('All 3 phones fit')).toBeVisible()
})

test('a task that lacks a word for a label is refused while it is written', async ({ window }) => {
  await window.getByLabel('What is learnt from a row').selectOption('the word that names the label')
  await window.getByLabel(/^The word for each label/).fill('negative = bad')
  await window.getByLabel(/^The word for each label/).press('Enter')
  await expect(window.getByRole('main').getByRole('button', { name: 'Run', exact: true })).toBeDisabled()
  await expect(window.getByText('missing: expected a word for each of negative, positive').first()).toBeVisible()
  await window.getByLabel('What is learnt from a row').selectOption('the label, by a classifier')
  await expect(window.getByText('All 3 phones fit')).toBeVisible()
})
