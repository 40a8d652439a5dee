import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { Reader } from '#main/reading/reader.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'

const resources = {
  ...sourceResources(join(import.meta.dirname, '..', '..', '..')),
  readerWorker: join(import.meta.dirname, 'faulty-reader.ts'),
}
const reader = new Reader(resources, { patienceSeconds: 1, memoryBytes: 400e6 })
const patient = new Reader(resources, { memoryBytes: 400e6 })
afterAll(() => Promise.all([reader.close(), patient.close()]))

/** A host of its own that asks for `what`, and tells the number of its reader. */
const HOST = `
  import { Reader } from '#main/reading/reader.ts'
  const reader = new Reader(${JSON.stringify(resources)}, { memoryBytes: 400e6 })
  const job = (what, onFile) => reader.read('inspect-bare', { checkpoint: what, why: '' }, 'a folder', { onFile })
  const { pid } = await job('sound')
  await job('endless', () => console.log(pid))
`

type Found = { rows: Int32Array; pid: number }
const reading = (what: string, signal?: AbortSignal, by = reader): Promise<unknown> =>
  by.read('inspect-bare', { checkpoint: what, why: '' }, 'a folder', { signal })
const pidNow = async (): Promise<number> => ((await reading('sound')) as Found).pid
const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('what a job gives arrives as it is, from one process after another job', async () => {
  const first = (await reading('sound')) as Found
  expect(first.rows).toEqual(Int32Array.of(1, 2, 3))
  expect(await pidNow()).toBe(first.pid)
})

test('what a job finds wrong arrives with its place, and the process goes on', async () => {
  const pid = await pidNow()
  const error = await reading('wrong').catch((wrong: unknown) => wrong)
  expect(error).toBeInstanceOf(InputError)
  expect(error).toMatchObject({ where: 'rows.csv:3', found: 'no label', expected: 'one in every row' })
  const bug = await reading('bug').catch((thrown: unknown) => thrown)
  expect(bug).toMatchObject({ name: 'TypeError', message: 'x is not a function' })
  expect((bug as Error).stack).toMatch(/TypeError: x is not a function/)
  expect(await pidNow()).toBe(pid)
})

describe('a file that ends its reader is refused in one line, and the next one is read', () => {
  test.each([
    ['endless', /^endless: no end of reading it, and no step forward for 1 s; expected /],
    ['waiting for ever', /^waiting for ever: no end of reading it, and no step forward for 1 s; expected /],
    ['heap', /^heap: more memory than the 381 MiB that reading may take; expected /],
    ['arrays', /^arrays: more memory than the 381 MiB that reading may take; expected /],
    ['abort', /^abort: reading it ended the process that reads: it crashed \(SIGABRT\); expected /],
  ])('%s', async (what, message) => {
    const by = message.source.includes('memory') ? patient : reader
    const error = await reading(what, undefined, by).catch((wrong: unknown) => wrong)
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain('\n')
    expect(((await reading('sound', undefined, by)) as Found).rows.length).toBe(3)
  })

  test('but a process that left by itself is no fault of the file', async () => {
    await expect(reading('leave')).rejects.toBeInstanceOf(RunFailed)
  })
})

test('a long job that goes on is not stopped', async () => {
  expect(await reading('steps')).toBe('all steps')
})

test('whoever asked may stop waiting: the process is ended at once, and what was asked after it is answered', async () => {
  const pid = await pidNow()
  const stop = new AbortController()
  const reason = new RunFailed('no longer wanted')
  const hanging = reading('endless', stop.signal)
  const after = pidNow()
  // The host is free meanwhile.
  await setTimeout(1)
  stop.abort(reason)
  await expect(hanging).rejects.toBe(reason)
  expect(await after).not.toBe(pid)
  expect(isThere(pid)).toBe(false)
  await expect(reading('sound', stop.signal)).rejects.toBe(reason)
})

test('one that others end is told as that', async () => {
  const pid = await pidNow()
  let named: () => void
  const begun = new Promise<void>((resolve) => (named = resolve))
  const hanging = reader.read('inspect-bare', { checkpoint: 'waiting for ever', why: '' }, 'a folder', { onFile: () => named() })
  // Rejected while the process is not waited for yet.
  hanging.catch(() => {})
  await begun
  process.kill(pid, 'SIGTERM')
  await expect(hanging).rejects.toThrow('waiting for ever: the process that read it was killed (SIGTERM)')
})

test('closing ends the process, and what waited its turn starts no other one', async () => {
  const closing = new Reader(resources, { memoryBytes: 400e6 })
  const { pid } = (await reading('sound', undefined, closing)) as Found
  const now = reading('endless', undefined, closing).catch((error: unknown) => error)
  const waiting = reading('sound', undefined, closing).catch((error: unknown) => error)
  await setTimeout(100)
  await closing.close()
  await vi.waitFor(() => expect(isThere(pid)).toBe(false))
  expect(await now).toBeInstanceOf(Error)
  expect(await waiting).toMatchObject({ message: 'a folder is not read any more: the lab is ending' })
})

test('a reader that nothing interrupts ends when its host is killed', async () => {
  const root = join(import.meta.dirname, '..', '..', '..')
  const host = spawn(process.execPath, ['--input-type=module', '-e', HOST], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(host.stdout, 'data')) as [Buffer]
  const pid = Number(said.toString())
  expect(isThere(pid)).toBe(true)
  host.kill('SIGKILL')
  await vi.waitFor(() => expect(isThere(pid)).toBe(false), { timeout: 30_000, interval: 50 })
})
