/** Resident memory of backpropagation with AdamW on every weight, measured in a process of its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { WORKER_FLAGS } from '#main/fleet/compile-cache.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { type Resources, kernelsPath } from '../resources.ts'
import type { BackpropMemory, BackpropRequest } from './backprop-process.ts'
import type { Workload } from './workload.ts'

const ENTRY = join(import.meta.dirname, 'backprop-process.ts')

/** @throws RunFailed if the process ended without an answer, with the last line it wrote */
export async function backpropMemory(resources: Resources, workload: Workload): Promise<BackpropMemory> {
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1', NODE_COMPILE_CACHE: resources.compileCache }
  const child = fork(ENTRY, { execArgv: [...WORKER_FLAGS], env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exited = once(child, 'exit')
  let answer: BackpropMemory | null = null
  child.once('message', (message) => (answer = message as BackpropMemory))
  const request: BackpropRequest = { workload, kernels: kernelsPath(resources) }
  child.send(request)
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null]
  if (answer) return answer
  const reason = stderr.split('\n').find((line) => /error/i.test(line)) ?? stderr.trimEnd().split('\n').at(-1)
  throw new RunFailed(`backpropagation ended without a result (${signal ?? `exit code ${code}`}): ${reason}`)
}
