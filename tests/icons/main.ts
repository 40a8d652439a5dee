/** `npm run icons`: every icon of the app from resources/icons/icon.svg, drawn by a real Chromium. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { findChromium } from '../e2e/browser/find-chromium.ts'
import { type Image, ICNS_TYPES, icns, ico } from './containers.ts'

const folder = join(import.meta.dirname, '..', '..', 'resources', 'icons')
const source = readFileSync(join(folder, 'icon.svg'), 'utf8')
const LINUX_SIZES = [16, 32, 48, 64, 128, 256, 512]
const WINDOWS_SIZES = [16, 24, 32, 48, 64, 128, 256]
const APPLE_SIZES = Object.keys(ICNS_TYPES).map(Number)
/** macOS keeps a margin around its icons. */
const APPLE_SHARE = 0.82

const { executablePath, args, env } = await findChromium()
const browser = await chromium.launch({ executablePath, args: [...args], env: { ...process.env, ...env } as Record<string, string> })
try {
  const page = await browser.newPage()
  const draw = async (size: number, share = 1): Promise<Image> => {
    await page.setViewportSize({ width: size, height: size })
    await page.setContent(
      `<style>body { margin: 0; display: grid; place-items: center; height: 100vh } svg { width: ${100 * share}%; height: ${100 * share}% }</style>${source}`,
    )
    return { size, png: await page.screenshot({ omitBackground: true }) }
  }
  const all = async (sizes: readonly number[], share?: number): Promise<Image[]> => {
    const images: Image[] = []
    for (const size of sizes) images.push(await draw(size, share))
    return images
  }
  mkdirSync(join(folder, 'linux'), { recursive: true })
  for (const { size, png } of await all(LINUX_SIZES)) writeFileSync(join(folder, 'linux', `${size}x${size}.png`), png)
  writeFileSync(join(folder, 'icon.ico'), ico(await all(WINDOWS_SIZES)))
  writeFileSync(join(folder, 'icon.icns'), icns(await all(APPLE_SIZES, APPLE_SHARE)))
} finally {
  await browser.close()
}
