/** The Chromium inside the package @sparticuz/chromium, unpacked once beside the packages. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import manifest from '../../../package.json' with { type: 'json' }

const cache = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'cooperlab')

/**
 * Unpacked apart and moved into place whole, so that nobody meets half of it; of several that do it at once the first one's stays.
 * @returns its folder
 */
export async function unpackChromium(): Promise<string> {
  const folder = join(cache, `chromium-with-fonts-${manifest.devDependencies['@sparticuz/chromium']}`)
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const partial = mkdtempSync(`${folder}.partial-`)
  try {
    // The package unpacks into the folder for temporary files, so it gets one of its own.
    const child = spawnSync(process.execPath, [join(import.meta.dirname, 'unpack-archives.ts')], {
      env: { ...process.env, TMPDIR: partial },
      encoding: 'utf8',
    })
    if (child.status !== 0) throw new Error(`Chromium could not be unpacked: ${child.stderr}`)
    writeFileSync(join(partial, 'lab-fonts.conf'), fontsOf(folder))
    renameSync(partial, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return folder
}

/** The package's own settings expect its fonts elsewhere; without any font no text has a size. */
function fontsOf(folder: string): string {
  const alias = (family: string): string => `<alias><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
  ${['sans-serif', 'system-ui'].map(alias).join('')}
</fontconfig>
`
}
