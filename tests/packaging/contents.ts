/** What a packaged app has, file by file: every pattern must be there, and nothing else. */
import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs'
import { join, matchesGlob, relative, sep } from 'node:path'
import { listPackage } from '@electron/asar'

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly arch: string
}

/** As the libraries name the same machine. */
const TOKENIZERS: Readonly<Record<string, string>> = { linux: '-gnu', win32: '-msvc', darwin: '' }
const ORT: Readonly<Record<string, readonly string[]>> = {
  linux: ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
  win32: ['DirectML.dll', 'dxcompiler.dll', 'dxil.dll', 'onnxruntime.dll', 'onnxruntime_binding.node'],
  darwin: ['libonnxruntime.*.dylib', 'onnxruntime_binding.node'],
}

/** Entry points of vite.lab.config.ts. */
const PROGRAMS = ['process', 'device', 'cloud', 'reader-worker', 'store-worker', 'check-pages', 'training-worker', 'engine-worker']

/** Of the folder of resources, relative to it. */
function expectedResources({ platform, arch }: Machine): string[] {
  const packages = 'lab/node_modules'
  return [
    'app.asar',
    'LICENSE.txt',
    'THIRD-PARTY-NOTICES.txt',
    'cooperlab.cdx.json',
    'lab/package.json',
    `lab/node${platform === 'win32' ? '.exe' : ''}`,
    ...PROGRAMS.map((name) => `lab/out/${name}.js`),
    'lab/out/chunks/*.js',
    'lab/resources/{devices,links}.json',
    'lab/resources/kernels.wasm',
    'lab/resources/models/encoder/{config,tokenizer,tokenizer_config}.json',
    'lab/resources/models/encoder/model.safetensors',
    'lab/resources/scenarios/*.json',
    'lab/resources/schema/scenario.schema.json',
    `${packages}/{better-sqlite3,koffi,tokenizers}/LICENSE*`,
    `${packages}/{better-sqlite3,koffi,tokenizers,onnxruntime-common,onnxruntime-node,@koromix/koffi-${platform}-${arch}}/package.json`,
    `${packages}/better-sqlite3/lib/**/*.js`,
    `${packages}/better-sqlite3/prebuilds/${platform}-${arch}.node`,
    `${packages}/koffi/ind*.{js,cjs}`,
    `${packages}/koffi/src/**/*.{js,cjs}`,
    `${packages}/@koromix/koffi-${platform}-${arch}/index.js`,
    `${packages}/@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`,
    `${packages}/tokenizers/index.js`,
    `${packages}/tokenizers/tokenizers.${platform}-${arch}${TOKENIZERS[platform]}.node`,
    `${packages}/onnxruntime-common/dist/cjs/*.{js,json}`,
    `${packages}/onnxruntime-node/dist/*.js`,
    ...ORT[platform]!.map((name) => `${packages}/onnxruntime-node/bin/napi-v*/${platform}/${arch}/${name}`),
  ]
}

/** What is there of one kind of package only, or of Electron's. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  linux: ['apparmor-profile', 'package-type'],
  win32: ['elevate.exe'],
  darwin: ['*.lproj/**', 'icon.icns', 'electron.icns', '*.{car,cooperlab,icns}', 'LICENSE.electron.txt', 'LICENSES.chromium.html'],
}

/** Of app.asar. */
const EXPECTED_APP = [
  'package.json',
  'out/icons/256x256.png',
  'out/main/main.js',
  'out/preload/preload.cjs',
  'out/renderer/index.html',
  'out/renderer/assets/*.{js,css,svg}',
]
const ALLOWED_APP = ['out/main/chunks/*.js', 'out/renderer/assets/*.{woff2,png}']

/** @param resources folder of a packaged app @returns one line each; empty: it is as it should be */
export function contentProblems(resources: string, machine: Machine): string[] {
  const files = readdirSync(resources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix(relative(resources, join(entry.parentPath, entry.name))))
    .sort()
  const asar = join(resources, 'app.asar')
  // It lists folders as well, without saying so.
  const listed = files.includes('app.asar') ? listPackage(asar, { isPack: false }).map((name) => posix(name).replace(/^\//, '')) : []
  const packed = listed.filter((name) => !listed.some((other) => other.startsWith(`${name}/`)))
  return [
    ...differences(files, expectedResources(machine), ALLOWED[machine.platform]!),
    ...differences(packed, EXPECTED_APP, ALLOWED_APP).map((problem) => `app.asar: ${problem}`),
    ...files.flatMap((file) => binaryProblem(join(resources, file), file, machine)),
    ...noticesProblems(resources, files),
  ]
}

function differences(files: readonly string[], expected: readonly string[], allowed: readonly string[]): string[] {
  const missing = expected.flatMap(alternatives).filter((pattern) => !files.some((file) => matchesGlob(file, pattern)))
  const superfluous = files.filter((file) => ![...expected, ...allowed].some((pattern) => matchesGlob(file, pattern)))
  return [...missing.map((pattern) => `${pattern} is missing`), ...superfluous.map((file) => `${file} is superfluous`)]
}

/** Each choice of each pair of braces but those of file extensions must be there. */
function alternatives(pattern: string): string[] {
  const braces = /^(.*?)(?<!\.)\{([^}]*)\}(.*)$/.exec(pattern)
  if (braces === null) return [pattern]
  const [, before, choices, after] = braces as unknown as [string, string, string, string]
  return choices.split(',').flatMap((choice) => alternatives(`${before}${choice}${after}`))
}

/** For which system and processor a program or library was compiled; null: it is neither. */
export function compiledFor(head: Buffer): { platform: NodeJS.Platform; arch: string } | null {
  const arch = (name: number, x64: number, arm64: number): string => (name === x64 ? 'x64' : name === arm64 ? 'arm64' : `machine ${name}`)
  // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
  if (head.toString('latin1', 0, 4) === '\x7fELF') return { platform: 'linux', arch: arch(head.readUInt16LE(18), 62, 183) }
  // https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
  if (head.toString('latin1', 0, 2) === 'MZ') {
    const pe = head.readUInt32LE(60)
    return { platform: 'win32', arch: pe + 6 > head.length ? 'unknown' : arch(head.readUInt16LE(pe + 4), 0x8664, 0xaa64) }
  }
  // https://en.wikipedia.org/wiki/Mach-O: a header of 64 bits.
  if (head.readUInt32LE(0) === 0xfeedfacf) return { platform: 'darwin', arch: arch(head.readUInt32LE(4), 0x01000007, 0x0100000c) }
  return null
}

function binaryProblem(path: string, file: string, { platform, arch }: Machine): string[] {
  if (statSync(path).size < 64) return []
  const made = compiledFor(headOf(path))
  if (made === null) return /\.(node|dll|dylib|so(\.\d+)*|exe)$/.test(file) ? [`${file} is no library of any system`] : []
  // 32-bit helpers of installers run on every Windows.
  if (file === 'elevate.exe') return []
  return made.platform === platform && made.arch === arch ? [] : [`${file} is for ${made.platform} ${made.arch}`]
}

/** As much of a file as tells what it is. */
export function headOf(path: string): Buffer {
  const head = Buffer.alloc(1024)
  const file = openSync(path, 'r')
  try {
    readSync(file, head)
  } finally {
    closeSync(file)
  }
  return head
}

/** The terms of every package that lies there are told. */
function noticesProblems(resources: string, files: readonly string[]): string[] {
  if (!files.includes('THIRD-PARTY-NOTICES.txt')) return []
  const notices = readFileSync(join(resources, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  const named = files
    .filter((file) => /^lab\/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file))
    .map((file) => {
      const { name, version } = JSON.parse(readFileSync(join(resources, file), 'utf8')) as { name: string; version: string }
      return `${name} ${version}`
    })
  return named.filter((name) => !notices.includes(`${name} (`)).map((name) => `THIRD-PARTY-NOTICES.txt doesn't tell the terms of ${name}`)
}

const posix = (path: string): string => path.split(sep).join('/')
