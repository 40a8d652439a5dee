import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { go } from './steps.ts'
import { type Lab, expect, test } from './window.ts'

async function choose(lab: Lab, open: () => Promise<void>, file: string, content: string): Promise<void> {
  writeFileSync(file, content)
  await lab.choose(open, file)
}

test('files that are no session and no scenario are refused in one line, and nothing is kept of them', async ({ lab }) => {
  const { page, folder } = lab
  await go(page, 'Sessions')
  const importing = page.getByRole('button', { name: 'Import…' }).first()
  await choose(lab, () => importing.click(), join(folder, 'broken.cooperlab'), 'no session at all')
  await expect(page.getByText(/^the file: .*expected /)).toBeVisible()
  await expect(page.getByText('No session yet')).toBeVisible()
  await choose(lab, () => page.keyboard.press('ControlOrMeta+O'), join(folder, 'broken.json'), '{ "name": ')
  await expect(page.getByText(/broken\.json is not JSON/)).toBeVisible()
})
