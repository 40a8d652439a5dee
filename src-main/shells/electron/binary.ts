/**
 * Tells if the desktop app can be opened from a source checkout: Electron's binary is no part of its package and is fetched once. Electron itself is
 * not loaded to find out, since that alone would start the download.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path of the binary; null: it isn't here. @param root of the checkout */
export function electronBinary(root: string): string | null {
  const electron = join(root, 'node_modules', 'electron')
  // Electron's own package reads this variable as well.
  const elsewhere = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  try {
    const binary = elsewhere ? join(elsewhere, 'electron') : join(electron, 'dist', readFileSync(join(electron, 'path.txt'), 'utf8').trim())
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}

/** A user without a network learns it at once, and not after the system's timeout. */
const REACH_MILLISECONDS = 5000

/** Downloads the binary with Electron's own program, once. @returns its path; null: it can't be had */
export async function fetchElectron(root: string, say: (words: string) => void): Promise<string | null> {
  const program = join(root, 'node_modules', 'electron', 'install.js')
  if (!existsSync(program) || !(await isReachable('https://github.com'))) return null
  say("downloading Electron's binary, once (about 120 MB) …")
  const child = spawn(process.execPath, [program], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], windowsHide: true })
  await once(child, 'exit').catch(() => say("Electron's own program for that could not be started"))
  return electronBinary(root)
}

async function isReachable(address: string): Promise<boolean> {
  try {
    await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(REACH_MILLISECONDS) })
    return true
  } catch {
    return false
  }
}
