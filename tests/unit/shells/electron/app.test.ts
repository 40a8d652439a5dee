import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Channel } from '#shared/api/channel.ts'
import { COMMANDS } from '#shared/api/commands.ts'
import { CONNECT } from '#shared/api/desktop.ts'
import type { LabNotices } from '#shared/api/lab-api.ts'
import { callLab } from '#shared/api/lab-rpc.ts'
import type { LabProcessStart } from '#main/shells/electron/lab-process.ts'
import { BrowserWindowStandIn, WebContentsStandIn, electronStandIn } from './stand-in.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')

let folder: string
let electron: ReturnType<typeof electronStandIn>
let started: LabProcessStart[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'desktop-'))
  mkdirSync(join(folder, 'page'))
  writeFileSync(join(folder, 'page', 'index.html'), '<p>the window</p>')
  electron = electronStandIn(folder)
  started = []
  vi.resetModules()
  vi.doMock('electron', () => electron)
  vi.doMock('#main/shells/electron/lab-process.ts', () => ({
    startLabProcess: (start: LabProcessStart) => {
      started.push(start)
      return { calls: { describe: async () => ({ version: 'nine' }) }, end: async () => {} }
    },
  }))
})

afterEach(() => {
  vi.doUnmock('electron')
  vi.doUnmock('#main/shells/electron/lab-process.ts')
  rmSync(folder, { recursive: true })
})

async function open(): Promise<BrowserWindowStandIn> {
  const { openApp } = await import('#main/shells/electron/app.ts')
  const { sourceResources } = await import('#main/lab/resources.ts')
  await openApp({
    windowDirectory: join(folder, 'page'),
    preload: '/preload.cjs',
    icon: '/icon.png',
    node: '/node',
    labEntry: '/lab.ts',
    lab: { resources: sourceResources(root), version: '1', cwd: folder, dataDirectory: folder, storePath: null, scenarioFile: null },
  })
  return BrowserWindowStandIn.all[0]!
}

const sender = (url: string, parent: unknown = null) => ({ senderFrame: { url, parent }, sender: new WebContentsStandIn() })

test('the window is sandboxed, isolated and without Node, and loads the page of the app alone', async () => {
  const window = await open()
  expect(electron.app.sandboxed).toBe(true)
  expect(window.options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    preload: '/preload.cjs',
  })
  expect(window.urls).toEqual(['app://lab/index.html'])
  expect(window.options).toMatchObject({ icon: '/icon.png' })
})

test('the page comes with a policy that runs no text as a program; other hosts and files outside are not found', async () => {
  await open()
  const page = electron.session.defaultSession.page!
  const found = await page({ url: 'app://lab/index.html', method: 'GET' })
  expect(await found.text()).toBe('<p>the window</p>')
  expect(found.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(found.headers.get('content-security-policy')).not.toContain('unsafe-eval')
  for (const url of ['app://other/index.html', 'app://lab/..%2fwindow.json', 'app://lab/missing.js']) {
    expect((await page({ url, method: 'GET' })).status).toBe(404)
  }
})

test('permissions, other addresses, other windows, web views and requests to anywhere are denied', async () => {
  await open()
  const session = electron.session.defaultSession
  const granted = vi.fn<(granted: boolean) => void>()
  session.permissionRequest!(...([null, 'media', granted] as never[]))
  expect(granted).toHaveBeenCalledWith(false)
  expect(session.permissionCheck!()).toBe(false)
  expect(session.devicePermission!()).toBe(false)
  const cancelled = (url: string): boolean => {
    let result = false
    session.beforeRequest!({ url }, ({ cancel }) => (result = cancel))
    return result
  }
  expect(['https://example.org/', 'http://127.0.0.1/', 'file:///etc/passwd', 'app://other/x.js'].map(cancelled)).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['app://lab/index.html', 'blob:app://lab/1', 'data:text/plain,x'].map(cancelled)).toEqual([false, false, false])

  const contents = new WebContentsStandIn()
  electron.app.emit('web-contents-created', {}, contents)
  expect(contents.openHandler!({ url: 'https://example.org' })).toEqual({ action: 'deny' })
  for (const [name, url, denied] of [
    ['will-navigate', 'https://example.org', true],
    ['will-navigate', 'app://lab/index.html', false],
    ['will-frame-navigate', 'file:///', true],
    ['will-redirect', 'app://lab/', true],
    ['will-attach-webview', '', true],
  ] as const) {
    const preventDefault = vi.fn<() => void>()
    contents.emit(name, { url, preventDefault })
    expect(preventDefault.mock.calls.length > 0, `${name} ${url}`).toBe(denied)
  }
})

test('a page of ours gets a port on which the lab answers; frames inside it and other pages get none', async () => {
  await open()
  const refused = [
    sender('https://example.org/'),
    sender('app://lab.evil/'),
    sender('app://lab/', {}),
    { ...sender(''), senderFrame: null },
  ]
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  for (const event of refused) electron.ipcMain.emit(CONNECT, event)
  expect(refused.map((event) => event.sender.posted)).toEqual([[], [], [], []])
  expect(log).toHaveBeenCalledTimes(4)
  log.mockRestore()

  const ours = sender('app://lab/index.html')
  electron.ipcMain.emit(CONNECT, ours)
  const [, , ports] = ours.sender.posted[0]!
  const told: unknown[] = []
  const notices = {
    events: () => {},
    status: (status) => told.push(status),
    doing: () => {},
    sessionsChanged: () => {},
    warn: () => {},
  } as LabNotices
  expect(await callLab(channelOf(ports[0]), notices).describe()).toEqual({ version: 'nine' })

  const status = { session: 's', state: 'running', error: null } as const
  started[0]!.notices.status(status)
  await expect.poll(() => told).toEqual([status])
})

function channelOf(port: unknown): Channel {
  const own = port as { postMessage(message: unknown): void; on(name: string, listener: (event: { data: unknown }) => void): void }
  return {
    post: (message) => own.postMessage(message),
    onMessage: (listener) => own.on('message', ({ data }) => listener(data)),
    onClose: () => {},
    close: () => {},
  }
}

test('the system stays awake while a session computes, and may sleep while it is held, over, or lost with the lab', async () => {
  await open()
  const { blockers } = electron.powerSaveBlocker
  const heed = (session: string, state: 'running' | 'paused' | 'finished'): void =>
    started[0]!.notices.status({ session, state, error: null })
  heed('a', 'running')
  heed('b', 'running')
  heed('a', 'finished')
  expect(blockers.size).toBe(1)
  heed('b', 'paused')
  expect(blockers.size).toBe(0)
  heed('b', 'running')
  started[0]!.onEnded('it crashed')
  expect(blockers.size).toBe(0)
})

test('every command of the window is in the menu, and choosing one does it in the window', async () => {
  const window = await open()
  interface Item {
    readonly id?: string
    readonly submenu?: Item[]
    readonly accelerator?: string
    readonly registerAccelerator?: boolean
    click?(): void
  }
  const items = (electron.Menu.menus[0] as Item[]).flatMap(({ submenu }) => submenu ?? [])
  expect(items.flatMap(({ id }) => id ?? []).toSorted()).toEqual(COMMANDS.map(({ id }) => id as string).toSorted())
  const run = items.find(({ id }) => id === 'session.run')!
  expect(run).toMatchObject({ accelerator: 'CommandOrControl+Return', registerAccelerator: false })
  run.click!()
  expect(window.webContents.sent).toEqual([['cooperlab:command', 'session.run']])
})

test('a second start hands its file to the first and leaves', async () => {
  const window = await open()
  writeFileSync(join(folder, 'run.cooperlab'), 'bytes')
  electron.app.emit('second-instance', {}, ['cooperlab', '--flag', 'run.cooperlab'], folder)
  expect(window.webContents.sent).toEqual([['cooperlab:file', { name: 'run.cooperlab', bytes: new TextEncoder().encode('bytes') }]])
  expect(window.focused).toBe(1)

  electron.app.locked = false
  vi.resetModules()
  await open()
  expect(electron.app.quits).toBe(1)
  expect(BrowserWindowStandIn.all).toHaveLength(1)
})

test('a file that is not there is told in one line', async () => {
  await open()
  electron.app.emit('second-instance', {}, ['cooperlab', 'gone.json'], folder)
  expect(electron.dialog.messages.map(({ message }) => message)).toEqual([
    expect.stringMatching(/could not be opened: .*gone\.json can't be opened/) as string,
  ])
})

test('a page that crashes or hangs and a lab that ends are told with their reasons, and the lab can be started again', async () => {
  const window = await open()
  window.webContents.emit('render-process-gone', {}, { reason: 'oom', exitCode: 5 })
  window.emit('unresponsive')
  started[0]!.onEnded('it was ended by SIGKILL')
  await expect.poll(() => electron.dialog.messages.length).toBe(3)
  const [crash, hang, lab] = electron.dialog.messages.map(({ message }) => message)
  expect(crash).toMatch(/ran out of memory/)
  expect(hang).toMatch(/does not answer/)
  expect(lab).toMatch(/ended by SIGKILL/)
})

test('the window opens where it was closed, unless no screen is there any more', async () => {
  const first = await open()
  expect(first.options).toMatchObject({ width: 1440, height: 900 })
  first.emit('close')
  vi.resetModules()
  await open()
  expect(BrowserWindowStandIn.all[1]!.options).toMatchObject({ x: 10, y: 20, width: 1200, height: 800 })
  electron.screen.getAllDisplays = () => [{ workArea: { x: 5000, y: 0, width: 1920, height: 1080 } }]
  vi.resetModules()
  await open()
  expect(BrowserWindowStandIn.all[2]!.options).not.toHaveProperty('x')
})
