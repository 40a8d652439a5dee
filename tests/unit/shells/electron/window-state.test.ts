import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readWindowState, writeWindowState } from '#main/shells/electron/window-state.ts'

const folder = mkdtempSync(join(tmpdir(), 'window-state-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 }
const PLACE = { x: 10, y: 20, width: 1200, height: 800 }

test('the window opens where it was closed, unless no screen is there any more', () => {
  const file = join(folder, 'new', 'window.json')
  expect(readWindowState(file, [SCREEN])).toBeNull()
  writeWindowState(file, { getNormalBounds: () => PLACE, isMaximized: () => true })
  expect(readWindowState(file, [SCREEN])).toEqual({ ...PLACE, maximized: true })
  expect(readWindowState(file, [{ ...SCREEN, x: 5000 }])).toBeNull()
})

test('what was kept and makes no sense is left', () => {
  const file = join(folder, 'window.json')
  for (const content of ['', '{', '{"x":1}', JSON.stringify({ ...PLACE, width: 10, maximized: false })]) {
    writeFileSync(file, content)
    expect(readWindowState(file, [SCREEN])).toBeNull()
  }
})
