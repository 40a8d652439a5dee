/** From a package, an installed app or an unpacked one to a folder outside of the checkout that can be looked into and started. */
import { spawnSync } from 'node:child_process'
import { constants, cpSync, existsSync, globSync, openSync, readFileSync, readSync, closeSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { RUNTIME } from './stand-ins.ts'

export interface App {
  /** What users start. */
  readonly program: string
  /** Electron's folder of resources. */
  readonly resources: string
  /** Of the package around the app, one line each. */
  readonly problems: readonly string[]
}

/** Packages and unpacked apps of this system that electron-builder left in a folder; an installer of Windows can only be run. */
export function appsIn(folder: string): string[] {
  const patterns = { linux: ['*.AppImage', '*.deb', 'linux*-unpacked'], darwin: ['mac*/*.app'], win32: ['win*-unpacked'] }
  return globSync(patterns[process.platform as keyof typeof patterns] ?? [], { cwd: folder })
    .map((name) => join(folder, name))
    .sort()
}

/** @param folder empty, for what has to be unpacked or copied @param checkout whose packages the app must not find above it */
export function unpack(path: string, folder: string, checkout: string): App {
  if (path.endsWith('.deb')) return fromDeb(path, folder)
  if (path.endsWith('.AppImage')) return fromAppImage(path, folder)
  if (!path.startsWith(checkout + sep)) return partsOf(path)
  const copy = join(folder, basename(path))
  cpSync(path, copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
  return partsOf(copy)
}

function partsOf(folder: string, problems: readonly string[] = []): App {
  if (folder.endsWith('.app')) {
    const contents = join(folder, 'Contents')
    return { program: join(contents, 'MacOS', 'CooperLab'), resources: join(contents, 'Resources'), problems: [...problems, ...signatureProblems(folder)] } // prettier-ignore
  }
  const name = process.platform === 'win32' ? 'CooperLab.exe' : 'cooperlab'
  return { program: join(folder, name), resources: join(folder, 'resources'), problems }
}

function fromDeb(path: string, folder: string): App {
  run('dpkg-deb', ['-x', path, folder])
  const control = run('dpkg-deb', ['-f', path])
  const fields = ['Package: cooperlab', 'Homepage: http', 'Maintainer: CooperLab', 'Depends: libgtk-3-0']
  const problems = fields.filter((field) => !control.includes(`${field}`)).map((field) => `its control file has no "${field}"`)
  const desktop = join(folder, 'usr', 'share', 'applications', 'cooperlab.desktop')
  return partsOf(join(folder, 'opt', 'CooperLab'), [...problems, ...desktopProblems(desktop)])
}

function fromAppImage(path: string, folder: string): App {
  const image = join(folder, 'squashfs-root')
  if (beginsWith(path, RUNTIME)) run('unsquashfs', ['-quiet', '-no-progress', '-offset', String(RUNTIME.length), '-dest', image, path])
  else run(path, ['--appimage-extract'], folder)
  const problems = existsSync(join(image, 'AppRun')) ? [] : ['it has no AppRun']
  return partsOf(image, [...problems, ...desktopProblems(join(image, 'cooperlab.desktop'))])
}

/** Desktops find out by it whose a window is and which files it opens. */
function desktopProblems(file: string): string[] {
  if (!existsSync(file)) return [`${basename(file)} is missing`]
  const entry = readFileSync(file, 'utf8').split('\n')
  const lines = ['StartupWMClass=cooperlab', 'Icon=cooperlab', 'MimeType=application/x-cooperlab;', 'Categories=Science;']
  return lines.filter((line) => !entry.includes(line)).map((line) => `${basename(file)} has no line ${line}`)
}

/** Apple silicon starts nothing whose signature is broken. */
function signatureProblems(folder: string): string[] {
  const { status, stderr } = spawnSync('codesign', ['--verify', '--deep', '--strict', folder], { encoding: 'utf8' })
  return status === 0 ? [] : [`its signature is not valid: ${stderr.trim().split('\n').join(' ')}`]
}

function beginsWith(path: string, words: string): boolean {
  const head = Buffer.alloc(words.length)
  const file = openSync(path, 'r')
  readSync(file, head)
  closeSync(file)
  return head.toString('latin1') === words
}

function run(program: string, words: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    ...(cwd === undefined ? {} : { cwd }),
    maxBuffer: 2 ** 26,
  })
  if (error) throw new Error(`${program} could not be started: ${error.message}`)
  if (status !== 0) throw new Error(`${program} failed: ${(stderr || stdout).trim().split('\n').at(-1)}`)
  return stdout
}
