import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { warmCompileCache } from '#main/fleet/compile-cache.ts'

const folder = mkdtempSync(join(tmpdir(), 'compile-cache-'))
const before = process.env['NODE_COMPILE_CACHE']
afterAll(() => {
  if (before === undefined) delete process.env['NODE_COMPILE_CACHE']
  else process.env['NODE_COMPILE_CACHE'] = before
  rmSync(folder, { recursive: true })
})

test('a start that never ends is ended, and holds nobody up', async () => {
  const [entry, pid] = [join(folder, 'entry.ts'), join(folder, 'pid')]
  writeFileSync(
    entry,
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(pid)}, String(process.pid))\nsetInterval(() => {}, 1000)\n`,
  )
  await expect(warmCompileCache(join(folder, 'cache'), [entry], 3)).resolves.toBeUndefined()
  // A machine so busy that it never came to its first line has ended it all the same.
  if (existsSync(pid)) expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH')
})
