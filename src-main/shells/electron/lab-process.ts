/** The lab's own process as the app sees it: started, called, told why it ended. */
import { fork } from 'node:child_process'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import { visible } from '#shared/text/visible.ts'
import { toChild } from '../process/child-channel.ts'
import type { LabProcessOptions } from '../process/options.ts'

export interface LabProcess {
  readonly calls: LabCalls
  readonly pid: number
  /** Resolves when sessions have ended after their round in progress; a lab that takes longer than `graceSeconds` is killed. */
  end(graceSeconds: number): Promise<void>
}

export interface LabProcessStart {
  /** Node, not Electron: see src-main/shells/process/main.ts. */
  readonly node: string
  readonly entry: string
  readonly options: LabProcessOptions
  readonly notices: LabNotices
  /** Told how it ended if nobody asked it to, in words for people. */
  onEnded(words: string): void
}

const STDERR_TAIL = 4000

export function startLabProcess({ node, entry, options, notices, onEnded }: LabProcessStart): LabProcess {
  const child = fork(entry, [JSON.stringify(options)], {
    execPath: node,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL)
    process.stderr.write(visible(text))
  })
  let asked = false
  const gone = new Promise<void>((resolve) => {
    const over = (words: string): void => {
      if (!asked) onEnded(words)
      resolve()
    }
    // Also told of a signal that can't be sent, when it has gone.
    child.on('error', (error) => child.pid === undefined && over(`it could not be started: ${error.message}`))
    child.stderr!.on('error', () => {})
    // All of stderr as well; Node's own 'close' never comes after the parent disconnected.
    const said = new Promise((heard) => child.stderr!.once('close', heard))
    child.once('exit', (code, signal) => void said.then(() => over(endWords(code, signal, stderr))))
  })
  return {
    calls: callLab(toChild(child), notices),
    pid: child.pid ?? 0,
    async end(graceSeconds) {
      asked = true
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000)
      await gone
      clearTimeout(timer)
    },
  }
}

/** Exit is not crash: says which it was, and the last that it said. */
export function endWords(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const memory = /out of memory|heap limit/i.test(stderr) ? ', out of memory' : ''
  const last = stderr.trim().split('\n').at(-1)?.slice(0, 300)
  const how = signal ? `it was ended by ${signal}${memory}` : `it ended by itself with code ${code}${memory}`
  return last ? `${how}: ${last}` : how
}
