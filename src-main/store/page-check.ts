/** Checks a store that is too large to be checked while somebody waits for it: a little later, and in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { childEnvironment } from '#main/machine/child-environment.ts'

interface PageCheckOptions {
  /** The path of `check-pages.ts`. */
  readonly entry: string
  /** The path of the store, which is open in this process meanwhile. */
  readonly file: string
  /** The delay before the check, so that the list of sessions, which the user wants first, is read first. */
  readonly afterSeconds: number
  /** Called with what is wrong with the store. */
  readonly onDamage: (finding: string) => void
}

export class PageCheck {
  private readonly options: PageCheckOptions
  private readonly timer: NodeJS.Timeout
  private child: ChildProcess | null = null

  constructor(options: PageCheckOptions) {
    this.options = options
    this.timer = setTimeout(() => void this.check(), 1000 * options.afterSeconds)
  }

  /** Stops the check, and waits until its process no longer reads the store. */
  async stop(): Promise<void> {
    clearTimeout(this.timer)
    const { child } = this
    this.child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  private async check(): Promise<void> {
    const { entry, file, onDamage } = this.options
    const child = spawn(process.execPath, [entry, file], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: childEnvironment(),
      windowsHide: true,
    })
    this.child = child
    let finding = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (finding += text))
    child.stdout?.on('error', () => {})
    // A check that can't be started is no reason to distrust the store.
    child.on('error', () => (this.child = null))
    const [code] = (await once(child, 'close').catch(() => [null])) as [number | null]
    if (this.child !== child) return
    this.child = null
    if (code === 0 && finding !== '') onDamage(finding)
  }
}
