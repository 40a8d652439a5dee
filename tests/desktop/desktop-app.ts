/** The desktop app as a test sees it: its main process and preload as built, on the stand-in for Electron, with a real lab. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { System } from './stand-in/rules.ts'
import type { DialogAnswer, Shown } from './stand-in/desktop.ts'

export const root = join(import.meta.dirname, '..', '..')

export interface AppState {
  readonly switches: readonly string[]
  readonly userModelId: string | null
  readonly sandboxed: boolean
  readonly recent: readonly string[]
  readonly answered: readonly unknown[]
  readonly crashes: { readonly uploadToServer?: boolean } | null
  readonly shown: readonly Shown[]
  readonly pending: readonly Shown[]
  readonly opened: readonly string[]
  readonly copied: readonly string[]
  readonly notified: readonly { readonly title: string; readonly body: string }[]
  readonly awake: number
  readonly theme: string
  readonly windows: readonly { shown: boolean; focused: boolean; flashing: boolean; progress: number; ground: string }[]
  readonly userData: string
  readonly sessionData: string
  readonly crashDumps: string
  readonly lab: readonly number[]
}

export interface Given extends Partial<System> {
  /** Node of the lab. @default this one */
  readonly node?: string
  readonly env?: NodeJS.ProcessEnv
}

export class DesktopApp {
  readonly home: string
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  output = ''
  private readonly waiting = new Map<number, (answer: { value?: unknown; error?: string }) => void>()
  private count = 0

  /** @param home folder of the user @param words that the app is told */
  constructor(home: string, words: readonly string[] = [], { node = process.execPath, env = {}, ...system }: Given = {}) {
    this.home = home
    mkdirSync(home, { recursive: true })
    const given: System = { readyToShow: true, platform: process.platform, home, ...system }
    this.child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'stand-in', 'run.ts'), root, ...words],
      {
        cwd: home,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, STAND_IN_SYSTEM: JSON.stringify(given), COOPERLAB_NODE: node, COOPERLAB_HOME: home, ...env },
      },
    )
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.child.on('message', ({ id, ...answer }: { id: number; value?: unknown; error?: string }) => this.waiting.get(id)?.(answer))
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }))
    void this.ended.then(() => this.waiting.forEach((answer) => answer({ error: `the app has ended: ${this.output}` })))
  }

  do<T = unknown>(act: string, ...values: unknown[]): Promise<T> {
    const id = this.count++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value as T) : reject(new Error(error))))
      if (this.child.connected) this.child.send({ id, act, values }, () => {})
      else reject(new Error(`the app has ended: ${this.output}`))
    })
  }

  /** The user closes the window or quits, after which there may be nobody who answers. */
  async leave(how: 'close' | 'quit'): Promise<void> {
    await Promise.race([this.do(how).catch(() => {}), this.ended])
  }

  state(): Promise<AppState> {
    return this.do('state')
  }

  page<T = unknown>(what: string, ...values: unknown[]): Promise<T> {
    return this.do('page', what, ...values)
  }

  lab<T = unknown>(name: string, ...values: unknown[]): Promise<T> {
    return this.page('lab', name, ...values)
  }

  /** Once the window is shown. */
  async open(): Promise<this> {
    await until(async () => (await this.state()).windows[0]?.shown === true)
    return this
  }

  /** Waits for a dialog and answers it. */
  async answer(about: string, answer: DialogAnswer): Promise<void> {
    await until(() => this.do<boolean>('answer', about, answer))
  }

  /** Messages of all dialogs so far. */
  async messages(): Promise<string[]> {
    return (await this.state()).shown.map(({ message, detail }) => `${message} ${detail}`)
  }

  /** Ends it whatever it does. */
  async kill(): Promise<void> {
    const { lab } = this.child.connected ? await this.state().catch(() => ({ lab: [] })) : { lab: [] }
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL')
    for (const pid of lab) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended with its pipe.
      }
    }
    await this.ended
  }
}

const LOOK_MILLISECONDS = 20

/** The test's own patience ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS))
}

/** Apps of one test file, gone with it. */
export function desktopApps() {
  const folder = mkdtempSync(join(tmpdir(), 'desktop-app-'))
  const started: DesktopApp[] = []
  let count = 0
  return {
    folder,
    /** @param home @default one of its own */
    start(words: readonly string[] = [], given: Given & { readonly userHome?: string } = {}): DesktopApp {
      const { userHome = join(folder, `home-${count++}`), ...rest } = given
      const app = new DesktopApp(userHome, words, rest)
      started.push(app)
      return app
    },
    async killAll(): Promise<void> {
      await Promise.all(started.splice(0).map((app) => app.kill()))
    },
    async remove(): Promise<void> {
      await Promise.all(started.splice(0).map((app) => app.kill()))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
