/**
 * A Chromium for the tests: CHROMIUM_PATH, else Playwright's own where it was installed, else the one inside the package
 * @sparticuz/chromium (linux x64, needs no system packages), else one of the system.
 */
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { unpackChromium } from './unpack-chromium.ts'

export interface FoundChromium {
  readonly executablePath: string
  /** In addition to the tests' own environment. */
  readonly env: Readonly<Record<string, string>>
  readonly args: readonly string[]
  /** It draws the same everywhere, with fonts of its own. */
  readonly ownFonts: boolean
}

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** @throws Error that says what was looked for */
export async function findChromium(): Promise<FoundChromium> {
  const given = process.env['CHROMIUM_PATH']
  if (given !== undefined) return plain(executable(given))
  if (existsSync(chromium.executablePath())) return plain(chromium.executablePath())
  if (process.platform === 'linux' && process.arch === 'x64') {
    const folder = await unpackChromium()
    const env = { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'lab-fonts.conf') }
    return { ...plain(join(folder, 'chromium')), env, ownFonts: true }
  }
  const system = SYSTEM.find((path) => existsSync(path))
  if (system) return plain(system)
  throw new Error('No Chromium: set CHROMIUM_PATH, or run npx playwright install chromium.')
}

function plain(executablePath: string): FoundChromium {
  // Chromium refuses to sandbox itself for root, as whom containers run.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return { executablePath, env: {}, args, ownFonts: false }
}

/** A wrong path is a mistake to be told, not a reason to look elsewhere. */
function executable(path: string): string {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch (error) {
    throw new Error(`CHROMIUM_PATH is ${path}, which can't be executed.`, { cause: error })
  }
}
