import { startRun, untilOver } from './steps.ts'
import { expect, test } from './window.ts'

const PATIENCE = { timeout: 60_000 }

test('what a run did is read from its charts with keys alone: tasks, bits, accuracy, memory, each as a table too', async ({ window }) => {
  test.slow()
  const main = window.getByRole('main')
  const inspector = window.getByRole('complementary', { name: 'Inspector' })
  await startRun(window)
  await untilOver(window)

  await window.keyboard.press('ControlOrMeta+3')
  const gantt = main.getByRole('application', { name: /^Schedule of round 4/ })
  await gantt.focus()
  await window.keyboard.press('Enter')
  await expect(inspector.getByText('On the critical path')).toBeVisible()
  const before = await inspector.innerText()
  // The last message that arrives is in the lowest lane.
  await window.keyboard.press('ArrowUp')
  await window.keyboard.press('ArrowUp')
  await expect(inspector).not.toHaveText(before, { useInnerText: true })
  // From anywhere in the view, by the window's own commands.
  await window.keyboard.press('c')
  await expect(inspector.getByText('On the critical path').locator('xpath=following-sibling::dd[1]')).toHaveText('yes')
  await window.keyboard.press('ControlOrMeta+k')
  await window.keyboard.type('compare with the next policy')
  await window.keyboard.press('Enter')
  await expect(main.getByLabel('Below it')).toHaveValue('overlapped')
  await expect(main.getByText(/ms overlapped|s overlapped/).first()).toBeVisible()
  await window.keyboard.press('t')
  await expect(main.getByRole('row').filter({ hasText: 'Update' })).not.toHaveCount(0)

  await window.keyboard.press('ControlOrMeta+4')
  await main.getByRole('application').focus()
  await window.keyboard.press('ArrowLeft')
  await expect(inspector.getByRole('heading', { name: /^Head, round \d: 4 bits$/ })).toBeVisible()
  await expect(inspector.getByText('Fixed at 4 bits by the scenario.')).toBeVisible()

  await window.keyboard.press('ControlOrMeta+5')
  await main.getByRole('radio', { name: 'Energy' }).check({ force: true })
  await expect(main.getByRole('img', { name: /5 measurements/ })).toBeVisible()
  await main.getByRole('radio', { name: 'Table' }).check({ force: true })
  await expect(main.getByRole('row')).toHaveCount(6)

  await window.keyboard.press('ControlOrMeta+6')
  await expect(main.getByText('Less memory')).toBeVisible(PATIENCE)
  await main.getByRole('radio', { name: 'Table' }).check({ force: true })
  await expect(main.getByRole('row').filter({ hasText: 'android-go-1' })).toContainText('MiB')
})
