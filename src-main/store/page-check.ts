/** The check of a store that is too large to be checked while somebody waits for it: begun a little later, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { childEnvironment } from '#main/machine/child-environment.ts'

interface PageCheckOptions {
  /** The path of `check-pages.ts`. */
  readonly entry: string
  /** The store, which is open here for as long. */
  readonly file: string
  /** The delay before the check, so that the list of sessions, which the user wants first, comes first. */
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

  /** Waits until nobody reads the store any more. */
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
    // A check that can't be started finds nothing, and the store is as good as before.
    child.on('error', () => (this.child = null))
    const [code] = (await once(child, 'close').catch(() => [null])) as [number | null]
    if (this.child !== child) return
    this.child = null
    if (code === 0 && finding !== '') onDamage(finding)
  }
}
