/** The lab's own process as the app sees it: it is started, called, and ends with a reason. */
import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import type { LabCalls, LabNotices } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import { fromBytes } from '#shared/api/wire.ts'
import { visible } from '#shared/text/visible.ts'
import { PIPE, pipeChannel } from '../process/pipe-channel.ts'
import type { LabProcessOptions } from '../process/options.ts'

export interface LabProcess {
  readonly calls: LabCalls
  readonly pid: number
  /** Resolves when sessions have ended after their round in progress; a lab that takes longer than `graceSeconds` is killed. */
  end(graceSeconds: number): Promise<void>
}

interface LabProcessStart {
  /** Node, not Electron: see src-main/shells/process/main.ts. */
  readonly node: string
  readonly entry: string
  readonly options: LabProcessOptions
  readonly notices: LabNotices
  /** Called with the lab's output. */
  readonly onSaid?: (text: string) => void
  /** Called with words for people if the process ended without having been asked to. */
  onEnded(words: string): void
}

const STDERR_TAIL = 4000

export function startLabProcess({ node, entry, options, notices, onSaid, onEnded }: LabProcessStart): LabProcess {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', entry, JSON.stringify(options)], {
    // Node's own channel is not used: it carries what this V8 writes, which the lab's may be too old to read. Windows requires that both ends are
    // declared writable.
    stdio: ['ignore', 'inherit', 'pipe', 'overlapped'],
    windowsHide: true,
  })
  // A process that could not be started may have no pipe.
  const pipe = child.stdio?.[PIPE] as unknown as Duplex | undefined
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL)
    process.stderr.write(visible(text))
    onSaid?.(visible(text))
  })
  let asked = false
  const gone = new Promise<void>((resolve) => {
    const over = (words: string): void => {
      pipe?.destroy()
      if (!asked) onEnded(words)
      resolve()
    }
    // The error event also reports a signal that can't be sent because the process has gone.
    child.on('error', (error) => child.pid === undefined && over(`it could not be started: ${error.message}`))
    child.stderr?.on('error', () => {})
    const said = new Promise((heard) => child.stderr?.once('close', heard))
    child.once('exit', (code, signal) => void said.then(() => over(endWords(code, signal, stderr))))
  })
  const channel = pipeChannel(pipe ?? new Duplex({ autoDestroy: true }).destroy(), {
    read: fromBytes,
    onBroken: (words) => console.error(`the lab's pipe: ${words}`),
  })
  return {
    calls: callLab(channel, notices),
    pid: child.pid ?? 0,
    async end(graceSeconds) {
      asked = true
      channel.close()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000)
      await gone
      clearTimeout(timer)
    },
  }
}

/** Exit is not crash: says which it was, and the last that it said. */
function endWords(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const memory = /out of memory|heap limit/i.test(stderr) ? ', out of memory' : ''
  const last = stderr.trim().split('\n').at(-1)?.slice(0, 300)
  const how = signal ? `it was ended by ${signal}${memory}` : `it ended by itself with code ${code}${memory}`
  return last ? `${how}: ${last}` : how
}
