/** Real processes in states that matter, as Linux has them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export function nameOf(pid: number): string {
  return `${pid} ${fieldsOf(pid)[19]!}`
}

export function stateOf(pid: number): string {
  return fieldsOf(pid)[0]!
}

function fieldsOf(pid: number): string[] {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return status.slice(status.lastIndexOf(')') + 2).split(' ')
}

export interface Zombie extends AsyncDisposable {
  readonly pid: number
}

/** A process that has ended under a parent which never asks how. */
export async function zombie(): Promise<Zombie> {
  // The shell becomes a program that doesn't know of the child it has; the child waits for that, or the shell would ask it.
  const parent = spawn('sh', ['-c', '(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [text] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(String(text))
  while (stateOf(pid) !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5))
  return { pid, [Symbol.asyncDispose]: () => kill(parent) }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
