/** The lab as a user starts it for a browser, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const projectRoot = join(import.meta.dirname, '..', '..')

export class LabProcess {
  private readonly child: ChildProcess
  /** Of the window, with its token. */
  readonly address: Promise<string>
  private output = ''

  /** @param options of `npm start` */
  constructor(options: readonly string[]) {
    const program = join(projectRoot, 'src-main', 'shells', 'cli', 'main.ts')
    this.child = spawn(process.execPath, [program, 'start', '--web', ...options], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] })
    this.address = new Promise((resolve, reject) => {
      const onText = (text: string): void => {
        this.output += text
        const address = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(this.output)?.[0]
        if (address) resolve(address)
      }
      for (const stream of [this.child.stdout!, this.child.stderr!]) stream.setEncoding('utf8').on('data', onText)
      this.child.once('exit', () => reject(new Error(`the lab ended before it was open: ${this.output}`)))
    })
    this.address.catch(() => {})
  }

  /** As Ctrl-C does. @returns the exit code */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    this.child.kill(signal)
    const [code] = (await once(this.child, 'exit')) as [number | null]
    return code
  }
}
