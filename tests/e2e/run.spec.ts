import { expect, test } from './window.ts'
import { go, phones, runButton, scrubBar, startRun, transport, untilOver } from './steps.ts'

test('a scenario is checked while it is typed, runs to its end, and plays back to any of its moments', async ({ window }) => {
  const run = runButton(window)
  await expect(window.getByText('All 3 phones fit')).toBeVisible()
  // So are the classes and their rows.
  await expect(window.getByRole('region', { name: 'The data as it is read' }).getByRole('row', { name: /negative/ })).toContainText('150')

  // Memory is red before the start, and not after.
  const cap = window.getByRole('textbox', { name: 'Memory cap' }).last()
  await cap.fill('20 MiB')
  await expect(window.getByText('1 of 3 phones would not fit')).toBeVisible()
  await cap.fill('20 stones')
  await expect(window.getByText('expected a size such as').first()).toBeVisible()
  await expect(run).toBeDisabled()
  await cap.fill('')
  await expect(run).toBeEnabled()

  await startRun(window)
  await untilOver(window)
  await expect(transport(window)).toContainText('4/4')
  await expect(transport(window).getByText('Replay', { exact: true })).toBeVisible()

  await scrubBar(window).focus()
  await window.keyboard.press('Home')
  await expect(transport(window)).toContainText('0:00.0')
  await window.keyboard.press('ArrowRight')
  await window.keyboard.press('ArrowRight')
  await expect(transport(window)).toContainText('2/4')
  // One moment for the whole window.
  await go(window, 'Fleet')
  await expect(phones(window).getByRole('option', { name: /android-go-1/ })).toContainText('running')
  const before = await transport(window).locator('.clock').textContent()
  await window.getByRole('button', { name: 'Play the recording' }).click()
  await expect(transport(window).locator('.clock')).not.toHaveText(before!)
  await expect(transport(window)).toContainText('4/4')
})
