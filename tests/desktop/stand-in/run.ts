/**
 * Runs the main process as built, in place of Electron's binary: words are the folder of the checkout and what the app is told. A test steers it over
 * Node's own channel, which Electron has not.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app, preventable, seen } from './app.ts'
import { Menu, Notification, awake, copied, nativeTheme, notified, opened, pending, powerMonitor, shown } from './desktop.ts'
import { ipcMain } from './ipc.ts'
import { allowed, respond } from './protocol.ts'
import { system } from './rules.ts'
import { BrowserWindow } from './window.ts'

const stand = new URL('electron.ts', import.meta.url).href
registerHooks({ resolve: (name, context, next) => (name === 'electron' ? { url: stand, shortCircuit: true } : next(name, context)) })
Object.defineProperty(process, 'platform', { value: system.platform })
Object.assign(process.versions, { electron: '45.4.1', chrome: '156.0.0.0' })
// As Electron has it: the program first, then its words.
process.argv.splice(1, 1)

const window = (): BrowserWindow => {
  const [one] = BrowserWindow.getAllWindows()
  if (!one) throw new Error('no window is open')
  return one
}

/** What a user or the system does, by name. */
const acts: Record<string, (...values: never[]) => unknown> = {
  state: () => ({
    ...seen,
    shown,
    pending: pending.map((entry) => entry.shown),
    opened,
    copied,
    notified,
    awake: awake.size,
    theme: nativeTheme.themeSource,
    windows: BrowserWindow.getAllWindows().map(({ state }) => state),
    userData: app.getPath('userData'),
    sessionData: app.getPath('sessionData'),
    crashDumps: app.getPath('crashDumps'),
    lab: labPids(),
  }),
  /** @returns whether there was a dialog to answer */
  answer(about: string, answer: object): boolean {
    const entry = pending.find(({ shown: { message } }) => message.includes(about))
    entry?.answer(answer)
    return entry !== undefined
  },
  page: (what: string, ...values: unknown[]) => window().webContents.ask(what, ...values),
  menu(wanted: string): boolean {
    const item = Menu.application!.all().find(({ id, label }) => id === wanted || label === wanted)
    item?.click?.(item, undefined, {})
    return item !== undefined
  },
  labels: (which: 'application' | 'popup') => Menu[which]?.all().map(({ label, role, type }) => label ?? role ?? type) ?? [],
  accelerators: () => Menu.application!.all().flatMap(({ id, accelerator }) => (accelerator ? [[id, accelerator]] : [])),
  press: (accelerator: string) => Menu.press(accelerator),
  pick(wanted: string): void {
    const item = Menu.popup!.all().find(({ label }) => label?.includes(wanted))!
    item.click!(item, undefined, {})
  },
  close: () => window().close(),
  quit: () => app.quit(),
  blur: () => window().blur(),
  focus: () => window().focus(),
  emit: (target: 'app' | 'window' | 'contents', name: string, ...values: unknown[]) => {
    const emitter = target === 'app' ? app : target === 'window' ? window() : window().webContents
    emitter.emit(name, preventable().event, ...values)
  },
  shutdown(): boolean {
    const { event, prevented } = preventable()
    powerMonitor.emit('shutdown', event)
    return prevented()
  },
  clickNotification: () => Notification.last?.emit('click'),
  granted: () => allowed().granted,
  loads: (url: string) => allowed().loads(url),
  async respond(url: string) {
    const response = await respond(url)
    return (
      response && {
        status: response.status,
        policy: response.headers.get('content-security-policy'),
        text: (await response.text()).slice(0, 100),
      }
    )
  },
  async fetch(url: string) {
    const response = await respond(url)
    if (response === null) return { status: 404, headers: {}, body: '' }
    const body = Buffer.from(await response.arrayBuffer()).toString('base64')
    return { status: response.status, headers: Object.fromEntries(response.headers), body }
  },
  /** Whether the app prevents what a page wants. */
  prevents(name: string, url: string): boolean {
    const { event, prevented } = preventable()
    window().webContents.emit(name, { ...event, url })
    return prevented()
  },
  opensWindow: (url: string) => window().webContents.openHandler!({ url }).action,
  preferences: () => window().options.webPreferences,
  /** A message of a frame that is not the window's page. */
  stranger(channel: string, url: string | null, parent: unknown = null): void {
    const sender = { postMessage: () => seen.answered.push(url), send: () => seen.answered.push(url) }
    ipcMain.emit(channel, { sender, senderFrame: url === null ? null : { url, parent }, ports: [] })
  },
  /** Ends the lab as a fault would. */
  killLab: () => labPids().forEach((pid) => process.kill(pid, 'SIGKILL')),
  crash: () => window().webContents.forcefullyCrashRenderer(),
}

/** Children of this process: the lab is the only one it has. */
function labPids(): number[] {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): { pid?: number; spawnfile?: string }[] }
  return handles.call(process).flatMap(({ pid, spawnfile }) => (pid !== undefined && spawnfile !== undefined ? [pid] : []))
}

process.on('message', async ({ id, act, values }: { id: number; act?: string; values: never[] }) => {
  // What a page says to its window goes there.
  if (act === undefined) return
  const answer = await (async () => acts[act]!(...values))().then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  )
  if (process.connected) process.send!({ id, ...answer })
})
process.channel?.unref()

await import(pathToFileURL(join(process.argv[1]!, 'out', 'main', 'main.js')).href)
// Electron is kept alive by Chromium, whatever Node has to do.
setInterval(() => {}, 1 << 30)
app.becomeReady()
