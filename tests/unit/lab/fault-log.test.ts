import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFaultLog } from '#main/lab/fault-log.ts'
import { CommandFailed, WorkerEnded } from '#main/fleet/worker-process.ts'
import { carry, restore } from '#shared/rpc/carried-error.ts'
import { SessionFault, isFault } from '#shared/errors/fault.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { deserialize, serialize } from 'node:v8'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function thrown(): unknown {
  try {
    return (null as unknown as { deep: { down: 1 } }).deep.down
  } catch (error) {
    return error
  }
}

describe('a fault', () => {
  test('is told in one line, and kept with its stack and what caused it', () => {
    const file = join(folder, 'logs', 'faults.log')
    const log = openFaultLog(file, 'lab 1')
    expect(existsSync(file)).toBe(false)
    const line = log.tell(new SessionFault('s-1', new Error('round 3\n  went wrong', { cause: thrown() })))
    expect(line).toBe(`session s-1: round 3 went wrong (a fault of the lab; its details are in ${file})`)
    const kept = readFileSync(file, 'utf8')
    expect(kept).toMatch(/^\d{4}-\S+Z session s-1: round 3 went wrong \(lab 1\)\n/)
    expect(kept).toMatch(/TypeError: Cannot read properties of null[^\n]*\n\s+at thrown \(/)
  })

  test.each([undefined, null, 'words', 7, {}, new Error('')])('may be %j', (value) => {
    const line = openFaultLog(join(folder, 'faults.log'), 'lab 1').tell(value)
    expect(line).toMatch(/^[^\n]+ \(a fault of the lab; its details are in /)
  })

  test('leaves two files of limited size behind, however often it happens', () => {
    const log = openFaultLog(join(folder, 'faults.log'), 'lab 1')
    for (let i = 0; i < 100; i++) log.note(`fault ${i}`, 'x'.repeat(50_000))
    expect(readdirSync(folder).sort()).toEqual(['faults.log', 'faults.log.1'])
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(2 ** 20)
    expect(readFileSync(join(folder, 'faults.log'), 'utf8')).toContain('fault 99')
  })

  test('is told also where it can not be kept', () => {
    writeFileSync(join(folder, 'file'), '')
    const line = openFaultLog(join(folder, 'file', 'faults.log'), 'lab 1').tell(new TypeError('deep'))
    expect(line).toMatch(/^TypeError: deep \(a fault of the lab; its details could not be kept: [^\n]+\)$/)
  })

  test('is what nobody foresaw, also in a worker', () => {
    expect([thrown(), 'x', new Error('x')].map(isFault)).toEqual([true, true, true])
    expect([new InputError('a', 'b', 'c'), new RunFailed('no phone is left')].map(isFault)).toEqual([false, false])
    const across = (error: unknown): unknown => restore(deserialize(serialize(carry(error))))
    const inWorker = (error: unknown) => new CommandFailed(across(error), 'probing')
    expect([thrown(), new Error('x')].map((error) => isFault(inWorker(error)))).toEqual([true, true])
    expect(isFault(inWorker(new RunFailed('a loss that is no number')))).toBe(false)
    expect(isFault(inWorker(new InputError('model', 'no file', 'a file', { cause: new Error('ENOENT') })))).toBe(false)
    expect(isFault(new WorkerEnded('cloud', { kind: 'crash', words: 'crashed (SIGSEGV)' }, 'evaluating'))).toBe(true)
    expect(isFault(new WorkerEnded('cloud', { kind: 'killed', words: 'was killed' }, 'evaluating'))).toBe(false)
  })
})
