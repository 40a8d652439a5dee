/** Each kind of failing disk at writes all over what a store does; `node tests/faulty-disk/every-write.ts` without a stride does all of them. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { buildFaultyDisk, faultyEnvironment } from '../../faulty-disk/faulty-disk.ts'

// In memory, if there is such a folder: waiting for a disk that is to fail takes most of the time.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cooperlab-faulty-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const built = buildFaultyDisk(folder)
const missing = 'missing' in built ? ` (skipped: ${built.missing})` : ''

test.skipIf(missing !== '')(
  `sessions, files of models and the log of faults are whole or told when a write fails${missing}`,
  { timeout: 120_000 },
  () => {
    const { library } = built as { library: string }
    const under = join(folder, 'disk')
    const program = join(import.meta.dirname, '../../faulty-disk/every-write.ts')
    const { stdout, stderr } = spawnSync(process.execPath, [program, library, under, '7'], {
      encoding: 'utf8',
      env: { ...process.env, ...faultyEnvironment(library, { under: `${under}/`, fault: 'none', at: 0 }) },
    })
    if (stdout === '') throw new Error(stderr)
    const { faults, wrong } = JSON.parse(stdout) as { faults: Record<string, number>; wrong: string[] }
    expect(wrong).toEqual([])
    // It fails, and often enough to mean something; the log is one write.
    for (const [work, count] of Object.entries(faults)) expect(count, work).toBeGreaterThanOrEqual(work === 'noting' ? 1 : 3)
  },
)
