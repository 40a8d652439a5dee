import type { Page } from '@playwright/test'
import { UNTIL_STOPPED, expect, test } from './window.ts'
import { phones, transport } from './steps.ts'

test.use({ rounds: UNTIL_STOPPED })

test('a run is started, held, stepped, gone through and ended with the keyboard alone', async ({ window }) => {
  await expect(window.getByText('All 3 phones fit')).toBeVisible()
  await window.keyboard.press('ControlOrMeta+k')
  await window.keyboard.type('run the sc')
  await window.keyboard.press('Enter')
  await expect(window.getByRole('heading', { name: /^Round \d+ of 1000/ })).toBeVisible({ timeout: 60_000 })
  await window.keyboard.press('Space')
  await expect(transport(window).getByText('Paused')).toBeVisible()
  const held = await roundsDone(window)
  await window.keyboard.press('.')
  await expect.poll(() => roundsDone(window)).toBe(held + 1)
  await expect(transport(window).getByText('Paused')).toBeVisible()

  await window.keyboard.press('ControlOrMeta+2')
  await expect(window.getByRole('heading', { name: 'Fleet' })).toBeVisible()
  // Into the list of phones, by Tab as far as it takes.
  const phone = phones(window).getByRole('option').first()
  for (let i = 0; i < 40 && !(await phone.evaluate((element) => element === document.activeElement)); i++)
    await window.keyboard.press('Tab')
  await window.keyboard.press('ArrowRight')
  await expect(phones(window).getByRole('option').nth(1)).toHaveAttribute('aria-selected', 'true')
  await expect(window.getByRole('heading', { name: 'pixel-4-2' })).toBeVisible()

  await window.keyboard.press('?')
  await expect(window.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await window.keyboard.press('Escape')
  await expect(window.getByRole('dialog')).toBeHidden()
  await window.keyboard.press('ControlOrMeta+.')
  await expect(transport(window).getByText('Replay', { exact: true })).toBeVisible()
  await window.keyboard.press('ControlOrMeta+1')
  await expect(window.getByRole('heading', { name: /Stopped by hand/ })).toBeVisible()
})

const roundsDone = async (window: Page) => Number(/(\d+)\/1000/.exec(await transport(window).innerText())![1])
