import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { goTo } from './actions.ts'
import { expect, test } from './window.ts'

test('a file that is no session is refused in one line, and nothing is kept of it', async ({ lab }) => {
  const { page, folder } = lab
  const file = join(folder, 'broken.cooperlab')
  writeFileSync(file, 'no session at all')
  await goTo(page, 'Sessions')
  const chosen = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Import…' }).first().click()
  await (await chosen).setFiles(file)
  await expect(page.getByText(/broken\.cooperlab|session file|\.cooperlab file/i).first()).toBeVisible()
  await expect(page.getByText('No session yet')).toBeVisible()
})

test('a scenario file that is no JSON is refused in one line', async ({ lab }) => {
  const { page, folder } = lab
  const file = join(folder, 'broken.json')
  writeFileSync(file, '{ "name": ')
  const chosen = page.waitForEvent('filechooser')
  await page.keyboard.press('Control+O')
  await (await chosen).setFiles(file)
  await expect(page.getByText(/broken\.json is not JSON/)).toBeVisible()
})
