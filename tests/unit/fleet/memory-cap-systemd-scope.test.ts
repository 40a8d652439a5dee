/**
 * How a scope is asked for, with a program in the place of systemd-run: no systemd is asked, so this doesn't show that a cap holds. The contract
 * test does that on a machine whose systemd serves this user.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startNode } from '#main/fleet/start-node.ts'
import { unifiedMount } from '#main/fleet/memory-cap/cgroup.ts'
import { systemdScopeMechanism, whyNoScope } from '#main/fleet/memory-cap/systemd-scope.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cooperlab-scope-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function program(text: string): string {
  const path = join(folder, 'systemd-run')
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

const hasCgroup2 = process.platform === 'linux' && unifiedMount(readFileSync('/proc/self/mounts', 'utf8')) !== null

describe.skipIf(!hasCgroup2)('a scope', () => {
  test('is to be had where what is started in one sees the memory controller', () => {
    expect(whyNoScope([program('echo cpu memory pids'), '--'])).toBeNull()
  })

  test('is of no use where systemd keeps the memory controller to itself', () => {
    expect(whyNoScope([program('echo cpu pids')])).toBe("systemd delegates no memory controller to this user's scopes")
  })

  test('is not to be had for the reason that systemd-run gives, in one line', () => {
    expect(whyNoScope([program('echo "Failed to connect to bus: No medium found\nmore" >&2; exit 1')])).toBe(
      'Failed to connect to bus: No medium found',
    )
    expect(whyNoScope([program('exit 7')])).toMatch(/systemd-run ended with 7$/)
  })

  test('is not to be had without systemd-run', () => {
    expect(whyNoScope(['no-such-systemd-run', '--user'])).toBe('no-such-systemd-run is not installed')
  })
})

test('unavailable is a clause or null, is the same when asked again, and never throws', () => {
  const why = systemdScopeMechanism.unavailable()
  expect(systemdScopeMechanism.unavailable()).toBe(why)
  if (why !== null) expect(why).toMatch(/^\S[^\n]+[^.\n]$/)
})

test.skipIf(process.platform !== 'linux')('a process that is in no scope of its own is named and not capped', () => {
  expect(() => systemdScopeMechanism.apply({ pid: process.pid, capBytes: 2 ** 40 })).toThrow(`process ${process.pid} can't be capped`)
})

test.skipIf(process.platform === 'win32')(
  'a process started through a launcher is that process: same number, spoken to, in its environment',
  async () => {
    const launcher = [program('exec "$@"')]
    const child = startNode(['-e', 'process.once("message", (m) => process.send({ m, pid: process.pid, x: process.env.X }))'], {
      launcher,
      env: { ...process.env, X: 'given' },
      serialization: 'advanced',
    })
    child.send({ bytes: new Uint8Array([1, 2]) })
    const [answer] = (await once(child, 'message')) as [{ m: { bytes: Uint8Array }; pid: number; x: string }]
    expect(answer).toEqual({ m: { bytes: new Uint8Array([1, 2]) }, pid: child.pid, x: 'given' })
    child.disconnect()
    await once(child, 'exit')
  },
)
