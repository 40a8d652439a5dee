import { expect, test } from './window.ts'

test('the window opens on the scenario that was given', async ({ window }) => {
  await expect(window).toHaveTitle(/CooperLab/)
  await expect(window.locator('main')).toBeVisible()
})
