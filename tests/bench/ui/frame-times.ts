/** Times between frames, and what the page's thread worked for each. */
import type { CDPSession, Page } from '@playwright/test'

export interface FrameTimes {
  readonly frames: number
  /** From one frame to the next; 16.7 where the screen has 60 a second. */
  readonly p50Milliseconds: number
  readonly p95Milliseconds: number
  readonly worstMilliseconds: number
  /** Of a frame's scripts, drawing on canvas included. */
  readonly scriptP95Milliseconds: number
  /** Mean of all that the page's thread did for a frame: scripts, layout, painting. */
  readonly workMilliseconds: number
}

declare global {
  interface Window {
    frameTimes?: number[]
    frameScripts?: number[]
  }
}

/** Before the page's own scripts: how long the callbacks of each frame take together, with the updates that they cause. */
export async function watchScripts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const ask = window.requestAnimationFrame.bind(window)
    let frame = -1
    window.requestAnimationFrame = (callback) =>
      ask((now) => {
        const began = performance.now()
        callback(now)
        // Components are updated once the callback has returned, before this.
        queueMicrotask(() => {
          const took = performance.now() - began
          const scripts = window.frameScripts
          if (!scripts) return
          if (now === frame) scripts[scripts.length - 1] = (scripts.at(-1) ?? 0) + took
          else scripts.push(took)
          frame = now
        })
      })
  })
}

export async function recordFrames(page: Page, devtools: CDPSession, during: () => Promise<void>): Promise<FrameTimes> {
  await page.evaluate(() => {
    const times: number[] = []
    window.frameTimes = times
    window.frameScripts = []
    let last = performance.now()
    const frame = (now: number): void => {
      times.push(now - last)
      last = now
      if (window.frameTimes === times) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
  const before = await busySeconds(devtools)
  await during()
  const work = (await busySeconds(devtools)) - before
  const { times, scripts } = await page.evaluate(() => {
    const recorded = { times: window.frameTimes!, scripts: window.frameScripts! }
    delete window.frameTimes
    delete window.frameScripts
    return recorded
  })
  return {
    frames: times.length,
    p50Milliseconds: quantile(times, 0.5),
    p95Milliseconds: quantile(times, 0.95),
    worstMilliseconds: quantile(times, 1),
    scriptP95Milliseconds: quantile(scripts, 0.95),
    workMilliseconds: (1000 * work) / times.length,
  }
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN
}

async function busySeconds(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')!.value
}
