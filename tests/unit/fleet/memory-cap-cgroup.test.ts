/**
 * Only how control files are found and read, against a directory that imitates them: no kernel is asked, so this doesn't show that a
 * cap holds. The contract test does that on a machine that delegates the memory controller.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cgroupMechanism, oomKills, ownGroup, parentGroup, unifiedMount } from '../../../src-main/fleet/memory-cap/cgroup.ts'

describe('the text of control files', () => {
  test('gives the version 2 mount, also beside version 1', () => {
    const hybrid = 'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n'
    expect(unifiedMount(hybrid)).toBe('/sys/fs/cgroup/unified')
    expect(unifiedMount('cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n')).toBeNull()
  })

  test('gives the own group', () => {
    expect(ownGroup('4:memory:/one\n0::/user.slice/app.scope\n')).toBe('/user.slice/app.scope')
    expect(ownGroup('4:memory:/one\n')).toBeNull()
  })

  test('counts kills, not events of the limit', () => {
    expect(oomKills('low 0\nhigh 0\nmax 12\noom 3\noom_kill 1\noom_group_kill 0\n')).toBe(1)
    expect(oomKills('low 0\nhigh 0\nmax 12\noom 3\noom_kill 0\n')).toBe(0)
  })
})

describe('the parent of the workers', () => {
  let mount: string
  beforeEach(() => (mount = mkdtempSync(join(tmpdir(), 'cooperlab-cgroup-'))))
  afterEach(() => rmSync(mount, { recursive: true }))

  function group(path: string, handsDown: string, procs = true): string {
    const folder = join(mount, path)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'cgroup.controllers'), 'cpu memory pids\n')
    writeFileSync(join(folder, 'cgroup.subtree_control'), `${handsDown}\n`)
    if (procs) writeFileSync(join(folder, 'cgroup.procs'), '')
    return folder
  }

  test('is the nearest group above this process that hands the memory controller down', () => {
    group('', 'cpu memory')
    const slice = group('user.slice', 'cpu memory pids')
    group('user.slice/app.scope', '')
    expect(parentGroup(mount, '/user.slice/app.scope')).toBe(slice)
  })

  test('is not a group that hands down other controllers only', () => {
    group('', '')
    group('user.slice', 'cpu pids')
    expect(parentGroup(mount, '/user.slice')).toEqual({ why: expect.stringContaining('not delegated') })
  })

  test('is not a group whose processes this user may not change', () => {
    const root = group('', 'memory', false)
    expect(parentGroup(mount, '/')).toEqual({ why: `${root} is not writable by this user` })
  })

  test('is missing where the hierarchy has no memory controller', () => {
    group('', '')
    writeFileSync(join(mount, 'cgroup.controllers'), 'cpu pids\n')
    expect(parentGroup(mount, '/')).toEqual({ why: `${mount} has no memory controller` })
  })
})

test('unavailable is a clause or null, and says where it works', () => {
  const why = cgroupMechanism.unavailable()
  if (process.platform !== 'linux') {
    expect(why).toBe('only on Linux')
  } else if (why !== null) {
    expect(why).toMatch(/^\S[^\n]+[^.\n]$/)
  }
})
