import type { WebSocketRoute } from '@playwright/test'
import { startRun, transport, untilOver } from './steps.ts'
import { expect, test } from './window.ts'

test('a window whose connection breaks says so, connects again by itself and shows what happened meanwhile', async ({ window, shell }) => {
  test.skip(shell !== 'web', 'the desktop has no connection that can break')
  const sockets: WebSocketRoute[] = []
  await window.routeWebSocket(/\/lab$/, (socket) => {
    socket.connectToServer()
    sockets.push(socket)
  })
  await window.reload()
  await startRun(window)
  await sockets.at(-1)!.close()
  await expect(window.getByText('The lab does not answer')).toBeVisible()
  await expect(transport(window).getByText('Not connected')).toBeVisible()
  await untilOver(window)
  await expect(transport(window)).toContainText('4/4')
  expect(sockets.length).toBeGreaterThan(1)
})

test('the token leaves the address at once, neither Back nor a reload brings it back, and the window stays open', async ({
  window,
  shell,
}) => {
  test.skip(shell !== 'web', 'the desktop has no address')
  await expect(transport(window)).not.toContainText('Not connected')
  await expect.poll(() => window.url()).not.toContain('token')
  const cookies = await window.context().cookies()
  expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }])
  await window.keyboard.press('ControlOrMeta+6')
  await window.reload()
  await expect(window.getByRole('heading', { level: 1 }).or(transport(window)).first()).toBeVisible()
  await expect(window.getByText('The lab does not answer')).toBeHidden()
  await window.goBack()
  expect(window.url()).not.toContain('token')
})
