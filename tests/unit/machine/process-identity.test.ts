import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { THIS_PROCESS, stateByPs, stillRuns } from '#main/machine/process-identity.ts'
import { kill, nameOf, zombie } from './processes.ts'

test('this process runs; one of another start, of no number or of a number that nobody has does not', () => {
  expect(stillRuns(THIS_PROCESS)).toBe(true)
  expect(stillRuns(`${process.pid} 1`)).toBe(process.platform !== 'linux')
  for (const name of ['', 'x', '-1 1', '0 ', '1.5 1', '4194305 1']) expect(stillRuns(name)).toBe(false)
})

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('a process that has ended and that nobody has asked for its code does not run', async () => {
    await using ended = await zombie()
    // It can be signalled all the same, which is what would be asked without /proc.
    expect(process.kill(ended.pid, 0)).toBe(true)
    expect(stillRuns(nameOf(ended.pid))).toBe(false)
    expect(stateByPs(ended.pid)).toBe('Z')
  })

  test('a stopped process runs', async () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const name = nameOf(child.pid!)
    child.kill('SIGSTOP')
    expect(stillRuns(name)).toBe(true)
    await kill(child)
    expect(stillRuns(name)).toBe(false)
  })
})
