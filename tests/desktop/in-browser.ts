/** The window of the desktop app in a real browser: its files, preload and port come from the app as built, on the stand-in for Electron. */
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import type { DesktopApp } from './desktop-app.ts'
import { pack, unpack } from './pack.ts'
import type { PageMessage } from './stand-in/browser-page.ts'

/** Chromium opens no address of a scheme that it doesn't know. */
const ORIGIN = 'http://lab.test'

/** @param paths of files that are dropped, by their names @returns once the window is loaded, which the app waits for */
export async function showIn(page: Page, app: DesktopApp, paths: Readonly<Record<string, string>> = {}): Promise<void> {
  await page.route(`${ORIGIN}/**`, async (route) => {
    const url = route.request().url().replace(ORIGIN, 'app://lab')
    const { status, headers, body } = await app.do<{ status: number; headers: Record<string, string>; body: string }>('fetch', url)
    await route.fulfill({ status, headers, body: Buffer.from(body, 'base64') })
  })
  await page.exposeFunction('toApp', (message: PageMessage) => void (app.child.connected && app.child.send(message)))
  let preloads = false
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = (act: () => Promise<unknown>): void => void (last = last.then(act).catch(() => {}))
  const loaded = new Promise<void>((resolve) => {
    app.child.on('message', (message: PageMessage) => {
      if (message.page === 'open') {
        inOrder(async () => {
          if (!preloads) await page.addInitScript({ content: worldOf(readFileSync(message.preload!, 'utf8'), paths) })
          preloads = true
          await page.goto(`${ORIGIN}/index.html`)
          app.child.send({ page: 'loaded' } satisfies PageMessage)
          resolve()
        })
      } else if (message.page === 'event' || message.page === 'port' || message.page === 'port-close') {
        inOrder(() => page.evaluate((one) => (globalThis as unknown as { fromApp(one: unknown): void }).fromApp(one), message))
      }
    })
  })
  await loaded
}

/** What Electron gives a sandboxed preload, around it. */
function worldOf(preload: string, paths: Readonly<Record<string, string>>): string {
  return `(() => {
    const pack = ${pack.toString()}
    const unpack = ${unpack.toString()}
    const listeners = {}
    const on = (channel, listener) => void (listeners[channel] ??= []).push(listener)
    const ports = []
    window.fromApp = ({ page, channel, data, port }) => {
      if (page === 'port') return ports[port]?.postMessage(unpack(data))
      if (page === 'port-close') return ports[port]?.close()
      const event = { ports: [] }
      if (port !== undefined) {
        const { port1, port2 } = new MessageChannel()
        ports[port] = port1
        port1.onmessage = ({ data }) => window.toApp({ page: 'port', port, data: pack(data) })
        event.ports.push(port2)
      }
      for (const listener of listeners[channel] ?? []) listener(event, ...unpack(data))
    }
    const electron = {
      contextBridge: { exposeInMainWorld: (key, api) => void (window[key] = api) },
      ipcRenderer: { on, once: on, send: (channel, ...values) => void window.toApp({ page: 'send', channel, data: pack(values) }) },
      webUtils: { getPathForFile: (file) => (${JSON.stringify(paths)})[file.name] ?? '' },
    }
    const require = (name) => (name === 'electron' ? electron : undefined)
    const exports = {}
    const module = { exports }
    ;(() => {
${preload}
})()
  })()`
}
