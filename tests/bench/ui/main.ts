/**
 * The peer of `npm run lab -- bench ui`: opens the lab's window in a real Chromium on sessions as large as it has to bear, and prints what it
 * measured as one JSON object. Argument: the work as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CDPSession, chromium, type Page } from '@playwright/test'
import { findChromium } from '../../e2e/browser/find-chromium.ts'
import { LabProcess, projectRoot } from '../../e2e/lab-process.ts'
import { writeBigSession } from './big-session.ts'
import { openLiveLab } from './live-lab.ts'
import { type FrameTimes, recordFrames, watchScripts } from './frame-times.ts'

interface Work {
  readonly panSeconds: number
  readonly replaySeconds: number
  readonly liveSeconds: number
}

const SESSION = 'bench-ui'
/** 48 messages and 48 probes for each of 100 phones. */
const SIZE = { phones: 100, layers: 48, rounds: 400, layersBefore: 1 }

const LIVE_SIZE = { phones: 64, layers: 4, rounds: 10_000 }
const LIVE_VIEWS = ['Run', 'Fleet', 'Schedule', 'Compression', 'Convergence', 'Memory']

const { panSeconds, replaySeconds, liveSeconds } = JSON.parse(process.argv[2]!) as Work
const folder = mkdtempSync(join(tmpdir(), 'cooperlab-bench-ui-'))
const storePath = join(folder, 'sessions.db')
const tasks = writeBigSession(storePath, SESSION, SIZE)
const lab = new LabProcess(['--store', storePath])
const { executablePath, env, args } = await findChromium()
const browser = await chromium.launch({ executablePath, args: [...args], env: { ...process.env, ...env } as Record<string, string> })
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await watchScripts(page)
  const address = await lab.address
  await openSession(page, address)
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')

  const panning = await whilePanning(page, devtools, 'roomy')
  const whole = await whilePanning(page, devtools, 'compact')
  const replay = await whileReplaying(page, devtools)
  const live = await whileRunning(page, devtools)
  const renderer = await page.evaluate(() => {
    const gl = new OffscreenCanvas(1, 1).getContext('webgl')
    const named = gl?.getExtension('WEBGL_debug_renderer_info')
    return gl && named ? String(gl.getParameter(named.UNMASKED_RENDERER_WEBGL)) : 'no WebGL'
  })
  console.log(JSON.stringify({ chromium: browser.version(), renderer, tasks, panning, whole, replay, live }))
} finally {
  await browser.close()
  await lab.end()
  rmSync(folder, { recursive: true, force: true })
}

/** Views with much that changes, while 64 phones run. */
async function whileRunning(page: Page, devtools: CDPSession) {
  const fleet = await openLiveLab(join(projectRoot, 'out', 'renderer'), join(projectRoot, 'resources'), LIVE_SIZE)
  try {
    await page.goto(fleet.address)
    const title = page.getByRole('heading', { name: /^Round \d+ of/ })
    await title.waitFor()
    const views: Record<string, FrameTimes> = {}
    for (const [i, view] of LIVE_VIEWS.entries()) {
      await page.keyboard.press(`Control+${i + 1}`)
      await page.waitForTimeout(1000)
      views[view] = await recordFrames(page, devtools, () => page.waitForTimeout(1000 * liveSeconds))
    }
    return { phones: LIVE_SIZE.phones, events: fleet.told(), views }
  } finally {
    await page.goto('about:blank')
    await fleet.close()
  }
}

/** As a user does: from the table of sessions. */
async function openSession(page: Page, address: string): Promise<void> {
  await page.goto(`${address}&view=sessions`)
  const name = `${SIZE.phones} phones, ${SIZE.layers} layers`
  await page.getByRole('table').getByText(name).first().dblclick()
  await page.waitForFunction((title) => document.title.startsWith(title), name)
  await page.keyboard.press('Control+3')
  await page.getByRole('application').waitFor()
}

/** Holds D and A in turn, zoomed in so that there is something to pan, and back. */
async function whilePanning(page: Page, devtools: CDPSession, density: 'roomy' | 'compact'): Promise<FrameTimes> {
  await page.getByText(density === 'roomy' ? 'Roomy' : 'Compact', { exact: true }).click()
  const chart = page.getByRole('application')
  await chart.focus()
  await page.keyboard.press('0')
  await page.keyboard.down('w')
  await page.waitForTimeout(density === 'roomy' ? 700 : 250)
  await page.keyboard.up('w')
  return recordFrames(page, devtools, async () => {
    const until = Date.now() + panSeconds * 1000
    for (let way = 0; Date.now() < until; way++) {
      const key = way % 2 === 0 ? 'd' : 'a'
      await page.keyboard.down(key)
      await page.waitForTimeout(800)
      await page.keyboard.up(key)
    }
  })
}

/** Plays the session over and over; heap sizes after collecting garbage. */
async function whileReplaying(page: Page, devtools: CDPSession) {
  const heap = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage')
    return (await devtools.send('Runtime.getHeapUsage')).usedSize
  }
  await page.keyboard.press('Escape')
  const play = async (seconds: number): Promise<void> => {
    const until = Date.now() + seconds * 1000
    while (Date.now() < until) {
      await page.keyboard.press('Shift+Home')
      await page.waitForTimeout(300)
      await page.locator('body').press('Space')
      await page.waitForTimeout(Math.max(0, Math.min(20_000, until - Date.now())))
    }
  }
  // What is loaded once is no growth.
  await play(Math.min(20, replaySeconds / 4))
  const before = await heap()
  const frames = await recordFrames(page, devtools, () => play(replaySeconds))
  const after = await heap()
  return {
    seconds: replaySeconds,
    heapBeforeBytes: before,
    heapAfterBytes: after,
    growthBytesPerMinute: (60 * (after - before)) / replaySeconds,
    frames,
  }
}
