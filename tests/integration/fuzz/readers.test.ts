/** Every reader of what comes from outside on some thousand damaged inputs, and again on those that it once failed on (tests/fuzz). */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, '../../fuzz/main.ts')

function fuzz(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' })
  expect(`${stdout}${stderr}`).not.toMatch(/^ {2}\S|[1-9]\d* wrong/m)
  expect(status).toBe(0)
  return stdout
}

test('each damaged input is read or refused in words', { timeout: 600_000 }, () => {
  expect(fuzz('--inputs', '150', '--seconds', '60', '--seed', '14')).toMatch(/inputs in all/)
})
