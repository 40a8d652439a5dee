import { go, phones, transport } from './steps.ts'
import { expect, scenarioFile, test } from './window.ts'

test.use({ scenario: scenarioFile('cap') })

test('a phone that is too small is told before the start, dies at its cap, and the others go on', async ({ window }) => {
  await expect(window.getByText('1 of 2 phones would not fit')).toBeVisible({ timeout: 60_000 })
  await window.getByRole('main').getByRole('button', { name: 'Run all the same' }).click()
  await expect(window.getByRole('heading', { name: 'All rounds are done.' })).toBeVisible({ timeout: 60_000 })
  await expect(
    transport(window)
      .getByRole('button', { name: /^cap hit/ })
      .first(),
  ).toBeVisible()
  await go(window, 'Fleet')
  await expect(phones(window).getByRole('option', { name: /^narrow/ })).toContainText('reached its cap')
  await go(window, 'Memory')
  await expect(window.getByText('Cap hits').locator('xpath=following-sibling::dd[1]')).toHaveText(/^[1-9]/)
})
