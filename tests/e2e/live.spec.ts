import { join } from 'node:path'
import { PATIENCE, goTo, round, runButton, transport } from './actions.ts'
import { expect, test } from './window.ts'

test.use({ scenario: join(import.meta.dirname, 'scenarios', 'long.json') })

test('a phone is changed while the session runs, and its new numbers hold from the next round on', async ({ window }) => {
  await runButton(window).click(PATIENCE)
  await expect(window.getByText(/Round \d+ of 9000/)).toBeVisible(PATIENCE)
  await transport(window).getByRole('button', { name: 'Pause after this round' }).click()
  await expect(transport(window).getByRole('button', { name: 'Go on' })).toBeVisible(PATIENCE)
  await goTo(window, 'Fleet')
  await window.getByRole('option', { name: /^slow/ }).click()
  const downlink = window.getByRole('textbox', { name: 'Downlink, Mbit/s' })
  await downlink.fill('25')
  await downlink.press('Enter')
  await transport(window).getByRole('button', { name: 'Run one round, then pause' }).click()
  await expect(transport(window).getByRole('button', { name: /^tuned/ })).toBeVisible(PATIENCE)
  await expect(window.getByRole('option', { name: /^slow/ })).toContainText('25.0 Mbit/s')
  await transport(window)
    .getByRole('button', { name: /^Stop after/ })
    .click()
  await goTo(window, 'Sessions')
  await expect(window.getByRole('row', { name: /interrupted/ })).toBeVisible(PATIENCE)
})

test('a session whose lab was killed goes on from its last whole round', async ({ lab }) => {
  const { page } = lab
  await runButton(page).click(PATIENCE)
  await expect(page.getByText(/Round ([3-9]|\d\d+) of 9000/)).toBeVisible(PATIENCE)
  await lab.kill()
  await expect(page.getByRole('heading', { name: 'The lab does not answer' })).toBeVisible()
  await lab.restart()
  await goTo(page, 'Sessions')
  await page.getByRole('row', { name: /unfinished|interrupted/ }).click()
  await page.getByRole('button', { name: 'Resume' }).first().click()
  await expect(transport(page).getByRole('button', { name: /^went on/ })).toBeVisible(PATIENCE)
  await expect(round(page)).toHaveText(/^([3-9]|\d\d+)\/9000/, PATIENCE)
})

test('a whole run with the keyboard alone', async ({ window }) => {
  await expect(runButton(window)).toBeEnabled(PATIENCE)
  await window.keyboard.press('Control+Enter')
  await expect(window.getByText(/Round \d+ of 9000/)).toBeVisible(PATIENCE)
  await window.keyboard.press('Control+K')
  await window.keyboard.type('go to fleet')
  await window.keyboard.press('Enter')
  await expect(window.getByRole('heading', { name: 'Fleet', level: 1 })).toBeVisible()
  await window.keyboard.press('Space')
  await expect(transport(window).getByRole('button', { name: 'Go on' })).toBeVisible(PATIENCE)
  const before = (await round(window).textContent())!
  await window.keyboard.press('.')
  await expect(round(window)).not.toHaveText(before, PATIENCE)
  await window.keyboard.press('Control+.')
  await window.keyboard.press('Control+7')
  await expect(window.getByRole('row', { name: /interrupted/ })).toBeVisible(PATIENCE)
})
