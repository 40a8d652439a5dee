import { goTo, round, runToEnd } from './actions.ts'
import { expect, test } from './window.ts'

test('a recording is scrubbed by hand, by round and by mark, and plays to its end', async ({ window }) => {
  await runToEnd(window)
  await expect(round(window)).toHaveText('4/4')
  await window.keyboard.press('Shift+Home')
  await expect(round(window)).toHaveText(/^[–0]/)
  await window.keyboard.press('.')
  await window.keyboard.press('.')
  await expect(round(window)).toHaveText('2/4')
  await goTo(window, 'Convergence')
  await expect(window.getByRole('img', { name: /2 measurements/ })).toBeVisible()
  await window.keyboard.press('Shift+Home')
  await expect(round(window)).toHaveText(/^[–0]/)
  await window.keyboard.press(']')
  await expect(round(window)).toHaveText('2/4')
  await expect(window.getByText('reached in round 2')).toBeVisible()
  await window.getByRole('slider', { name: 'Moment of the session' }).press('Home')
  await window.getByRole('button', { name: 'Play the recording' }).click()
  await expect(round(window)).toHaveText('4/4')
  await expect(window.getByRole('img', { name: /5 measurements/ })).toBeVisible()
})
