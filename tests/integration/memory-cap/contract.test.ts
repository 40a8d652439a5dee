/** The contract of memory-cap/mechanism.ts against every mechanism this machine offers, with real processes. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { exitReason } from '../../../src-main/fleet/exit-reason.ts'
import type { ExitReason } from '../../../src-main/fleet/exit-reason.ts'
import type { AppliedCap, CapMechanism } from '../../../src-main/fleet/memory-cap/mechanism.ts'
import { startNode } from '../../../src-main/fleet/start-node.ts'
import { readProcessMemory } from '../../../src-main/fleet/memory-cap/process-memory.ts'
import { mechanisms } from '../../../src-main/fleet/memory-cap/strongest.ts'
import type { Answer, Order } from './greedy-worker.ts'

const mebibyte = 2 ** 20
const budgetBytes = 128 * mebibyte

interface Worker {
  child: ChildProcess
  pid: number
  residentBytes: number
  ended: Promise<ReturnType<typeof wayItEnded>>
}

const running: Worker[] = []

async function startWorker(launcher?: readonly string[]): Promise<Worker> {
  const child = startNode([join(import.meta.dirname, 'greedy-worker.ts')], { launcher })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code, signal]) => wayItEnded(code as number | null, signal as string | null, stderr))
  await once(child, 'message')
  const pid = child.pid ?? 0
  const worker = { child, pid, residentBytes: readProcessMemory(pid)?.residentBytes ?? 0, ended }
  running.push(worker)
  return worker
}

function wayItEnded(code: number | null, signal: string | null, stderrTail: string) {
  return {
    reason: (cap: AppliedCap): ExitReason => exitReason({ code, signal, stderrTail, stoppedByCap: cap.stoppedByCap(), capApplied: true }),
  }
}

async function hold(worker: Worker, order: Order): Promise<Answer | 'ended'> {
  worker.child.send(order)
  const answer = once(worker.child, 'message').then(([message]) => message as Answer)
  return Promise.race([answer, worker.ended.then(() => 'ended' as const)])
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

function runs(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/status`, 'utf8').includes('State:\tZ')
  } catch {
    return false
  }
}

afterEach(async () => {
  for (const worker of running.splice(0)) {
    worker.child.kill('SIGKILL')
    await worker.ended
  }
})

for (const mechanism of mechanisms) {
  const why = mechanism.unavailable()
  if (why === null) describe(`a cap by ${mechanism.name}`, () => void contract(mechanism))
  else test.skip(`a cap by ${mechanism.name} (not here: ${why})`)
}

function contract(mechanism: CapMechanism): void {
  const start = (): Promise<Worker> => startWorker(mechanism.launcher)

  test('lets a worker live at 95 % of its budget', async () => {
    const worker = await start()
    const cap = mechanism.apply({ pid: worker.pid, capBytes: worker.residentBytes + budgetBytes })
    const answer = await hold(worker, { hold: 'typed-array', bytes: Math.floor(budgetBytes * 0.95) })
    if (answer === 'ended') throw new Error((await worker.ended).reason(cap).words)
    expect(answer.residentBytes).toBeGreaterThan(worker.residentBytes + budgetBytes * 0.9)
    expect(await hold(worker, { hold: 'typed-array', bytes: 1024 })).toMatchObject({ held: 1024 })
    expect(cap.stoppedByCap()).toBe(false)
    cap.release()
  })

  test.for(['typed-array', 'webassembly', 'javascript-heap'] as const)('stops or refuses growth past it in the form of %s', async (way) => {
    const worker = await start()
    const capBytes = worker.residentBytes + budgetBytes
    const cap = mechanism.apply({ pid: worker.pid, capBytes })
    // A monitor may be late, so the worker gets as far as its orders let it; but it doesn't live.
    if ((await hold(worker, { hold: way, bytes: 2 * budgetBytes })) !== 'ended') expect(mechanism.enforced).toBe(false)
    const { reason } = await worker.ended
    expect(reason(cap)).toMatchObject({ kind: 'cap-hit' })
    expect(reason(cap).words).toContain('cap')
    const answered = cap.stoppedByCap()
    cap.release()
    cap.release()
    expect(cap.stoppedByCap()).toBe(answered)
  })

  test('counts what a worker starts as a part of it, and ends it with the worker', async () => {
    const worker = await start()
    const cap = mechanism.apply({ pid: worker.pid, capBytes: worker.residentBytes + budgetBytes })
    // Node itself takes some 50 MiB of the child's.
    const small = await hold(worker, { hold: 'child', bytes: 8 * mebibyte })
    if (small === 'ended') throw new Error((await worker.ended).reason(cap).words)
    await hold(worker, { hold: 'typed-array', bytes: 32 * mebibyte })
    const started = childrenOf(worker.pid)
    expect(started).toHaveLength(1)
    // Neither of the two alone would be past the cap.
    await hold(worker, { hold: 'child', bytes: 64 * mebibyte })
    const { reason } = await worker.ended
    expect(reason(cap)).toMatchObject({ kind: 'cap-hit' })
    await expect.poll(() => started.filter(runs), { timeout: 10_000 }).toEqual([])
    cap.release()
  })

  test('says what it is and how large the worker was', async () => {
    const worker = await start()
    const capBytes = worker.residentBytes + budgetBytes
    const cap = mechanism.apply({ pid: worker.pid, capBytes })
    expect(cap).toMatchObject({ mechanism: mechanism.name, enforced: mechanism.enforced, capBytes })
    // An idle Node holds tens of megabytes; what it did between the two looks is far less than 8 MiB.
    expect(Math.abs(cap.idleBytes - worker.residentBytes)).toBeLessThan(8 * mebibyte)
    expect(cap.idleBytes).toBeGreaterThan(20 * mebibyte)
    cap.release()
  })

  test('shows a cap below the idle size and lets nothing grow', async () => {
    const worker = await start()
    const cap = mechanism.apply({ pid: worker.pid, capBytes: 8 * mebibyte })
    expect(cap.idleBytes).toBeGreaterThan(cap.capBytes)
    if (worker.child.connected) await hold(worker, { hold: 'typed-array', bytes: 32 * mebibyte })
    const { reason } = await worker.ended
    expect(reason(cap).kind).toBe('cap-hit')
    cap.release()
  })

  test('leaves the parent alone', async () => {
    const limits = () => (existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : '')
    const before = limits()
    const worker = await start()
    const cap = mechanism.apply({ pid: worker.pid, capBytes: worker.residentBytes + 16 * mebibyte })
    await hold(worker, { hold: 'typed-array', bytes: 64 * mebibyte })
    await worker.ended
    expect(new Uint8Array(2 * budgetBytes).length).toBe(2 * budgetBytes)
    expect(limits()).toBe(before)
    cap.release()
  })

  test('names a process that is gone', async () => {
    const worker = await start()
    worker.child.kill('SIGKILL')
    await worker.ended
    expect(() => mechanism.apply({ pid: worker.pid, capBytes: budgetBytes })).toThrow(String(worker.pid))
  })
}
