import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DoctorReport } from '#main/fleet/examine-machine.ts'
import { jsonOf, runCli } from './run-cli.ts'

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }

describe('doctor', () => {
  test('reports as JSON what is in force here, with the version of the lab', async () => {
    const report = jsonOf<DoctorReport & { version: string }>(await runCli(tmpdir(), ['doctor', '--json']))
    expect(report).toMatchObject({ version: manifest.version, node: process.versions.node, problems: [] })
    expect(report.memoryCap).toMatchObject({ inForce: expect.any(String), proved: true })
  })

  test('tells a person the cap in force, and ends with code 1 and the problems where there are some', async () => {
    // Stands for a Node that the workers can't be started with.
    const broken = ['--import', 'data:text/javascript,process.execPath="/no-such-node"']
    const [well, ill] = await Promise.all([runCli(tmpdir(), ['doctor']), runCli(tmpdir(), ['doctor'], broken)])
    expect(well.code).toBe(0)
    expect(well.stdout).toContain('This machine can run the lab.')
    expect(well.stdout).toMatch(/^memory cap +\S+, (enforced by the operating system|monitored, not enforced), proved just now$/m)
    expect(ill.code).toBe(1)
    expect(ill.stdout).toMatch(/^problem: .*\/no-such-node/m)
  })
})
