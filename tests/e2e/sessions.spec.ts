import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test } from './window.ts'
import { go, startRun, transport, untilOver } from './steps.ts'

test.use({ rounds: 40 })

test('a session outlives a lab that was killed: it is resumed to its end, tagged, compared, and deleted when asked twice', async ({
  lab,
}) => {
  let { page: window } = lab
  await startRun(window)
  await expect(transport(window)).toContainText(/[1-9]\d?\/40/)
  window = await lab.killAndRestart()

  await go(window, 'Sessions')
  await window.getByRole('row', { name: /Small/ }).click()
  await window.getByRole('button', { name: 'Resume' }).click()
  await untilOver(window)

  await go(window, 'Sessions')
  const row = window.getByRole('row', { name: /Small/ }).first()
  await expect(row).toContainText('finished')
  await window.getByRole('textbox', { name: 'Add a tag' }).fill('kept')
  await window.getByRole('textbox', { name: 'Add a tag' }).press('Enter')
  await expect(row).toContainText('kept')

  await go(window, 'Run')
  await window.getByRole('button', { name: 'Change it and run again' }).click()
  await window.getByRole('textbox', { name: 'Seed' }).first().fill('2')
  await startRun(window)
  await untilOver(window)
  await go(window, 'Sessions')
  await window.getByRole('checkbox', { name: 'Select all' }).check()
  await window.getByRole('button', { name: 'Compare 2' }).click()
  await expect(window.getByRole('row', { name: /^seed/ })).toContainText('2')
  await expect(window.getByRole('row', { name: /Final accuracy/ })).toBeVisible()
  await window.getByRole('button', { name: 'Back to the list' }).click()

  await window.getByRole('button', { name: 'Delete 2' }).click()
  await window.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click()
  await expect(window.getByRole('row', { name: /Small/ })).toHaveCount(2)
  await window.getByRole('button', { name: 'Delete 2' }).click()
  await window.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await expect(window.getByText('No session yet')).toBeVisible()
})

test('a file that is no session is refused in one line, and nothing is kept of it', async ({ lab }) => {
  const { page: window } = lab
  const file = join(lab.folder, 'notes.cooperlab')
  writeFileSync(file, 'hello')
  await go(window, 'Sessions')
  await lab.choose(() => window.getByRole('button', { name: 'Import…' }).click(), file)
  await expect(window.getByRole('status').filter({ hasText: /expected/i })).toBeVisible()
  await expect(window.getByText('No session yet')).toBeVisible()
})
