/**
 * What electron-builder downloads when it builds, made here instead: a folder in place of Electron's, the tools for AppImages, and fpm for deb. With
 * them everything but Electron itself is packaged as `npm run package` does it, where neither Electron nor these tools can be had.
 */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Electron's settings that electron-builder flips are found by this, followed by their version, their number and one digit each. */
const FUSES = `dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX${String.fromCharCode(1, 8)}10011011`

/** @returns `folder`, which looks to electron-builder like an unpacked Electron for Linux */
export function electronStandIn(folder: string): string {
  const files = {
    electron: `#!/bin/sh\necho 'a stand-in for Electron' >&2\nexit 1\n${FUSES}\n`,
    'chrome-sandbox': '',
    LICENSE: "Electron's licence",
    'LICENSES.chromium.html': '<p>Licences of Chromium</p>',
    'locales/en-US.pak': '',
  }
  for (const [name, text] of Object.entries(files)) write(join(folder, name), text)
  for (const name of ['electron', 'chrome-sandbox']) chmodSync(join(folder, name), 0o755)
  return folder
}

/** In place of the runtime that mounts an AppImage: it tells where the image begins. */
export const RUNTIME = `#!/bin/sh\n# ${'.'.repeat(4096 - 13)}\n`

/** @param mksquashfs Debian's @returns a value for APPIMAGE_TOOLS_PATH */
export function appImageTools(folder: string, mksquashfs = '/usr/bin/mksquashfs'): string {
  for (const arch of ['x64', 'arm64']) {
    write(join(folder, 'runtimes', `runtime-${arch}`), RUNTIME)
    mkdirSync(join(folder, 'lib', arch), { recursive: true })
  }
  symlinkSync(mksquashfs, join(folder, 'mksquashfs'))
  write(join(folder, 'desktop-file-validate'), '#!/bin/sh\n')
  return folder
}

/** @returns a value for CUSTOM_FPM_PATH: the program of fpm.ts, run by this Node */
export function fpmStandIn(file: string): string {
  write(file, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'fpm.ts')}' "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

export const hasMksquashfs = (): boolean => existsSync('/usr/bin/mksquashfs')

function write(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text, 'latin1')
}
