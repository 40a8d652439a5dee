/** Entry point of the desktop app: finds its parts, in a source checkout or packaged, and opens it. */
import { app, dialog } from 'electron'
import { join } from 'node:path'
import { type Resources, packagedResources, sourceResources } from '#main/lab/resources.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { surviveClosedStreams } from '../standard-streams.ts'
import { openApp } from './app.ts'

// The terminal that it was started from may be closed.
surviveClosedStreams()

// This file is out/main/main.js, whichever way the app was started.
const out = join(import.meta.dirname, '..')

interface Parts {
  readonly node: string
  readonly labEntry: string
  readonly resources: Resources
}

function packaged(): Parts {
  const lab = join(process.resourcesPath, 'lab')
  const node = join(lab, process.platform === 'win32' ? 'node.exe' : 'node')
  return { node, labEntry: join(lab, 'out', 'process.js'), resources: packagedResources(lab, app.getPath('userData')) }
}

/** `npm start` says which Node it was started with. */
function inCheckout(): Parts {
  const root = join(out, '..')
  const node = process.env['COOPERLAB_NODE'] ?? 'node'
  return { node, labEntry: join(root, 'src-main', 'shells', 'process', 'main.ts'), resources: sourceResources(root) }
}

const { node, labEntry, resources } = app.isPackaged ? packaged() : inCheckout()
const icons = app.isPackaged ? join(out, 'icons') : join(out, '..', 'resources', 'icons', 'linux')
const given = JSON.parse(process.env['COOPERLAB_START'] ?? '{}') as Partial<{
  cwd: string
  dataDirectory: string
  storePath: string
  scenarioFile: string
}>

// Not awaited here: Electron becomes ready only after this module has run.
openApp({
  windowDirectory: join(out, 'renderer'),
  preload: join(out, 'preload', 'preload.cjs'),
  icon: join(icons, '256x256.png'),
  node,
  labEntry,
  lab: {
    resources,
    version: manifest.version,
    cwd: given.cwd ?? app.getPath('home'),
    dataDirectory: given.dataDirectory ?? app.getPath('home'),
    storePath: given.storePath ?? null,
    scenarioFile: given.scenarioFile ?? null,
  },
}).catch((error: unknown) => {
  dialog.showErrorBox('CooperLab could not be opened', error instanceof Error ? error.message : String(error))
  app.exit(1)
})
