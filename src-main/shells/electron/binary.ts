/**
 * Whether the desktop app can be opened from a source checkout: Electron's binary is no part of its package and is fetched once. Electron
 * itself is never loaded to find out, since that alone would start the download.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path of the binary; null: it isn't here. @param root of the checkout */
export function electronBinary(root: string): string | null {
  const electron = join(root, 'node_modules', 'electron')
  try {
    const binary = join(electron, 'dist', readFileSync(join(electron, 'path.txt'), 'utf8').trim())
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}

/** Why no window can be opened here, as a clause; null: one can. */
export function whyNoDisplay(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'linux' || environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) return null
  return 'there is no display here'
}
