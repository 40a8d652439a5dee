import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { startNode } from '#main/fleet/start-node.ts'
import { childEnvironment } from '#main/machine/child-environment.ts'

afterEach(() => vi.unstubAllEnvs())

test('a worker is given what it needs and nothing else of what its host has', async () => {
  for (const [name, value] of [
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['NODE_OPTIONS', '--no-warnings'],
    ['LD_PRELOAD_X', 'x'],
    ['LC_ALL', 'C.UTF-8'],
  ] as const)
    vi.stubEnv(name, value)
  const child = startNode(['-e', 'process.send(process.env)'])
  const [given] = (await once(child, 'message')) as [NodeJS.ProcessEnv]
  if (child.exitCode === null) await once(child, 'exit')
  expect(given).toMatchObject({ PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' })
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'NODE_OPTIONS', 'LD_PRELOAD_X', 'VITEST']) expect(given).not.toHaveProperty(name)
})

test('names of Windows are known however they are written', () => {
  expect(childEnvironment({ Path: 'a', SystemRoot: 'b', GitHub_Token: 'c' })).toEqual({ Path: 'a', SystemRoot: 'b' })
})

test('a program that is not there ends nothing but itself', async () => {
  const child = startNode(['-e', ''], { node: '/nowhere/node' })
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ENOENT')
})
