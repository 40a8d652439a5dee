import { join } from 'node:path'
import { PATIENCE, goTo, runButton, transport } from './actions.ts'
import { expect, test } from './window.ts'

test.use({ scenario: join(import.meta.dirname, 'scenarios', 'cap.json') })

test('a phone that is too small is told before the start, dies at its cap, and the others go on', async ({ window }) => {
  await expect(window.getByText('1 of 2 phones would not fit')).toBeVisible(PATIENCE)
  await runButton(window).click(PATIENCE)
  await expect(window.getByRole('heading', { name: 'All rounds are done.' })).toBeVisible(PATIENCE)
  await expect(
    transport(window)
      .getByRole('button', { name: /^cap hit/ })
      .first(),
  ).toBeVisible()
  await goTo(window, 'Fleet')
  await window.getByRole('option', { name: /^narrow/ }).click()
  await expect(window.getByRole('complementary', { name: 'Inspector' }).getByText(/cap/i).first()).toBeVisible()
  await goTo(window, 'Memory')
  await expect(window.getByText('Cap hits').locator('xpath=following-sibling::dd[1]')).toHaveText(/^[1-9]/)
})
