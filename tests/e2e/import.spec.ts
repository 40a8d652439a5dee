import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { go } from './steps.ts'
import { expect, test } from './window.ts'

async function choose(page: Page, open: () => Promise<void>, file: string, content: string): Promise<void> {
  writeFileSync(file, content)
  const chosen = page.waitForEvent('filechooser')
  await open()
  await (await chosen).setFiles(file)
}

test('files that are no session and no scenario are refused in one line, and nothing is kept of them', async ({ lab }) => {
  const { page, folder } = lab
  await go(page, 'Sessions')
  const importing = page.getByRole('button', { name: 'Import…' }).first()
  await choose(page, () => importing.click(), join(folder, 'broken.cooperlab'), 'no session at all')
  await expect(page.getByText(/^the file: .*expected /)).toBeVisible()
  await expect(page.getByText('No session yet')).toBeVisible()
  await choose(page, () => page.keyboard.press('Control+O'), join(folder, 'broken.json'), '{ "name": ')
  await expect(page.getByText(/broken\.json is not JSON/)).toBeVisible()
})
