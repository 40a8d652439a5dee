/** `app` of the stand-in: readiness, quitting in Electron's order, one instance, signals as Chromium takes them. */
import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrowserWindow } from './window.ts'
import { clock, onlyBeforeReady, system } from './rules.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string; productName?: string }

export const seen = {
  switches: [] as string[],
  userModelId: null as string | null,
  sandboxed: false,
  recent: [] as string[],
  /** Strangers that were answered. */
  answered: [] as unknown[],
  crashes: null as { readonly uploadToServer?: boolean } | null,
}

/** An event that a listener may prevent. */
export function preventable(): { readonly event: { preventDefault(): void }; readonly prevented: () => boolean } {
  let prevented = false
  return { event: { preventDefault: () => void (prevented = true) }, prevented: () => prevented }
}

class App extends EventEmitter {
  readonly isPackaged = false
  readonly name = manifest.productName ?? manifest.name
  private readonly paths = new Map<string, string>()
  private quitting = false
  private singleton: string | null = null

  readonly commandLine = {
    appendSwitch: (name: string, value?: string): void => {
      onlyBeforeReady('commandLine.appendSwitch')
      seen.switches.push(value === undefined ? name : `${name}=${value}`)
    },
  }

  getPath(name: string): string {
    const set = this.paths.get(name)
    if (set !== undefined) return set
    if (name === 'userData') return join(system.home, 'app-data', this.name)
    if (name === 'sessionData') return this.getPath('userData')
    return name === 'home' ? system.home : join(system.home, name)
  }

  setPath(name: string, path: string): void {
    if (name === 'sessionData' || name === 'userData' || name === 'crashDumps') onlyBeforeReady(`setPath('${name}')`)
    this.paths.set(name, path)
  }

  setAppUserModelId(id: string): void {
    seen.userModelId = id
  }

  enableSandbox(): void {
    onlyBeforeReady('enableSandbox')
    seen.sandboxed = true
  }

  addRecentDocument(path: string): void {
    seen.recent.push(path)
  }

  clearRecentDocuments(): void {
    seen.recent.length = 0
  }

  async whenReady(): Promise<void> {
    if (!clock.ready) await new Promise((resolve) => this.once('ready', resolve))
  }

  /** By files in the folder of the user's data, as far as a test needs it; the other start writes what it was told. */
  requestSingleInstanceLock(additionalData: unknown = null): boolean {
    const folder = join(this.getPath('userData'), 'singleton')
    mkdirSync(folder, { recursive: true })
    if (isAlive(join(folder, 'owner'))) {
      // Switches come first and others are added, as Chromium does it.
      const [program, ...words] = process.argv
      const switches = words.filter((word) => word.startsWith('--'))
      const argv = [program, ...switches, '--original-process-start-time=1', ...words.filter((word) => !word.startsWith('--'))]
      const message = join(folder, `${process.pid}.json`)
      writeFileSync(message, JSON.stringify({ argv, cwd: process.cwd(), additionalData }))
      // It ends once the other one has heard it.
      while (existsSync(message)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
      return false
    }
    writeFileSync(join(folder, 'owner'), String(process.pid))
    this.singleton = folder
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    return true
  }

  quit(): void {
    if (this.quitting) return
    const before = preventable()
    this.emit('before-quit', before.event)
    if (before.prevented()) return
    this.quitting = true
    for (const window of BrowserWindow.getAllWindows()) window.close()
    if (BrowserWindow.getAllWindows().length > 0) this.quitting = false
    else this.leave()
  }

  exit(code = 0): void {
    for (const window of BrowserWindow.getAllWindows()) window.destroy()
    this.emit('quit', {}, code)
    leaveProcess(code)
  }

  /** Called by the last window's end. */
  allClosed(): void {
    if (this.quitting) return
    // Without a listener Electron quits by itself.
    if (this.listenerCount('window-all-closed') === 0) this.quit()
    else this.emit('window-all-closed')
    if (BrowserWindow.getAllWindows().length === 0 && !this.quitting) this.quit()
  }

  private leave(): void {
    const will = preventable()
    this.emit('will-quit', will.event)
    if (will.prevented()) {
      this.quitting = false
      return
    }
    this.emit('quit', {}, 0)
    leaveProcess(process.exitCode === undefined ? 0 : Number(process.exitCode))
  }

  /** MUST be called once the main module has run. */
  becomeReady(): void {
    // Chromium puts its handlers in place of all that were there; what is added after it takes their place.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal)
      process.on(signal, () => {
        if (process.listenerCount(signal) === 1) this.quit()
      })
    }
    clock.ready = true
    this.emit('ready', {}, {})
    if (this.singleton !== null) setInterval(() => this.hearOthers(this.singleton!), 20).unref()
  }

  private hearOthers(folder: string): void {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
      const text = readFileSync(join(folder, name), 'utf8')
      // Half written.
      if (!text.endsWith('}')) continue
      const { argv, cwd, additionalData } = JSON.parse(text) as { argv: string[]; cwd: string; additionalData: unknown }
      this.emit('second-instance', {}, argv, cwd, additionalData)
      rmSync(join(folder, name))
    }
  }
}

/** Whether the process that a file names is there: one that was killed leaves its file. */
function isAlive(file: string): boolean {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')), 0)
  } catch {
    return false
  }
}

export const app = new App()
BrowserWindow.onAllClosed = () => app.allClosed()

const leaveProcess = process.exit.bind(process)
// As Electron does it, an exit closes the windows first.
process.exit = ((code?: number) => app.exit(code ?? Number(process.exitCode ?? 0))) as typeof process.exit
