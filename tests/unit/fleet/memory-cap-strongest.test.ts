import { expect, test } from 'vitest'
import type { CapMechanism, MechanismName } from '../../../src-main/fleet/memory-cap/mechanism.ts'
import { mechanisms, strongestMechanism } from '../../../src-main/fleet/memory-cap/strongest.ts'

function mechanism(name: MechanismName, why: string | null): CapMechanism {
  return {
    name,
    enforced: true,
    unavailable: () => why,
    apply() {
      throw new Error('not asked for')
    },
  }
}

test('the first usable mechanism is taken and each stronger one is rejected with its reason', () => {
  const { mechanism: chosen, rejected } = strongestMechanism([
    mechanism('cgroup', 'not mounted'),
    mechanism('rlimit-data', 'only on Linux'),
    mechanism('job-object', null),
    mechanism('monitor', null),
  ])
  expect(chosen.name).toBe('job-object')
  expect(rejected).toEqual([
    { name: 'cgroup', why: 'not mounted' },
    { name: 'rlimit-data', why: 'only on Linux' },
  ])
})

test('a machine where nothing works is told every reason', () => {
  expect(() => strongestMechanism([mechanism('cgroup', 'not mounted'), mechanism('monitor', 'no /proc')])).toThrow(
    'cgroup: not mounted; monitor: no /proc',
  )
})

test('the order is cgroup, systemd-scope, rlimit-data, job-object, monitor, and only the monitor is not enforced by the system', () => {
  expect(mechanisms.map(({ name, enforced }) => [name, enforced])).toEqual([
    ['cgroup', true],
    ['systemd-scope', true],
    ['rlimit-data', true],
    ['job-object', true],
    ['monitor', false],
  ])
})
