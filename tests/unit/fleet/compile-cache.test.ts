import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
  await expect(warmCompileCache({ compileCache: join(folder, 'cache'), sources: [folder] }, [entry], 3)).resolves.toBeUndefined()
  // A machine so busy that it never came to its first line has ended it all the same.
  if (existsSync(pid)) expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH')
})

test('a start that only fills the cache leaves it behind, whatever would hold its end up', async () => {
  const [entry, cache] = [join(folder, 'warm.ts'), join(folder, 'filled')]
  const end = join(import.meta.dirname, '../../../src-main/workers/warm-start.ts')
  // As V8 does that waits for one of its own threads.
  writeFileSync(
    entry,
    `import { endWarmStart } from ${JSON.stringify(end)}\nprocess.on('exit', () => {\n  for (;;) {}\n})\nendWarmStart()\n`,
  )
  await warmCompileCache({ compileCache: cache, sources: [] }, [entry])
  expect(readdirSync(cache, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length).toBeGreaterThan(0)
})

test('a program is started for its code only where the code is new or has changed', async () => {
  const place = mkdtempSync(join(folder, 'sources-'))
  const [entry, other, starts] = [join(place, 'entry.ts'), join(place, 'imported.ts'), join(place, 'starts')]
  writeFileSync(entry, `import { appendFileSync } from 'node:fs'\nappendFileSync(${JSON.stringify(starts)}, 'x')\n`)
  writeFileSync(other, 'export {}\n')
  const warmed = async (): Promise<number> => {
    // A change within the same millisecond as the start before would count as old.
    await new Promise((resolve) => void setTimeout(resolve, 20))
    await warmCompileCache({ compileCache: join(folder, 'stamped'), sources: [place] }, [entry])
    return readFileSync(starts, 'utf8').length
  }
  expect([await warmed(), await warmed()]).toEqual([1, 1])
  writeFileSync(other, 'export const changed = 1\n')
  expect([await warmed(), await warmed()]).toEqual([2, 2])
  rmSync(join(folder, 'stamped'), { recursive: true })
  expect(await warmed()).toBe(3)
})
