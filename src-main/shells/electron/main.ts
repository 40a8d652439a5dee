/** Entry point of the desktop app: finds its parts, in a source checkout or packaged, and opens it. */
import { app, dialog } from 'electron'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Resources, packagedResources, sourceResources } from '#main/machine/resources.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { surviveClosedStreams } from '../standard-streams.ts'
import { faultLogPath } from '../store-path.ts'
import { AppLog } from './app-log.ts'
import { type AppOptions, openApp } from './desktop-app.ts'
import { introduce, labCaches } from './identity.ts'
import { smokeHome } from './smoke-start.ts'
import { startWords } from './start-words.ts'

// The terminal that it was started from may be closed.
surviveClosedStreams()

// This file is out/main/main.js, whichever way the app was started.
const out = join(import.meta.dirname, '..')
/** Set where releases are built, and bundled (electron.vite.config.ts). */
const RELEASES = process.env['COOPERLAB_RELEASES'] || null

interface Parts {
  readonly node: string
  readonly labEntry: string
  readonly resources: Resources
  readonly icons: string
  readonly notices: string
  /** The folder where relative paths that are typed start, and the data of the shipped scenarios lies. */
  readonly cwd: string
}

function packaged(): Parts {
  const lab = join(process.resourcesPath, 'lab')
  const node = join(lab, process.platform === 'win32' ? 'node.exe' : 'node')
  const notices = join(process.resourcesPath, 'THIRD-PARTY-NOTICES.txt')
  const resources = packagedResources(lab, labCaches())
  // An app that is opened with a double click starts in any folder.
  return { node, labEntry: join(lab, 'out', 'process.js'), resources, icons: join(out, 'icons'), notices, cwd: app.getPath('home') }
}

/** `npm start` says which Node it was started with. */
function inCheckout(): Parts {
  const root = join(out, '..')
  const node = process.env['COOPERLAB_NODE'] ?? 'node'
  const [icons, notices] = [join(root, 'resources', 'icons', 'linux'), join(root, 'LICENSE')]
  return {
    node,
    labEntry: join(root, 'src-main', 'shells', 'process', 'main.ts'),
    resources: sourceResources(root),
    icons,
    notices,
    cwd: process.cwd(),
  }
}

/** Tells `npm start`, which opens a browser where no window came to be. */
function tellReady(how: 'shown' | 'handed-over'): void {
  const file = process.env['COOPERLAB_READY']
  if (file !== undefined) writeFileSync(file, how)
}

function start(): AppOptions {
  const words = startWords(process.argv.slice(1), process.cwd())
  const home = words.smoke ? smokeHome() : (process.env['COOPERLAB_HOME'] ?? null)
  if (words.smoke) process.env['COOPERLAB_HOME'] = home!
  const log = new AppLog(dirname(faultLogPath()))
  introduce(home, log.folder)
  log.takeConsole()
  log.say(`CooperLab ${manifest.version} starts, Electron ${process.versions['electron']}, ${process.platform} ${process.arch}`)
  process.on('uncaughtException', (error) => {
    log.say(error.stack ?? String(error))
    dialog.showErrorBox('Something in CooperLab went wrong', `${error.message}\nDetails are in ${log.folder}.`)
  })
  const { node, labEntry, resources, icons, notices, cwd } = app.isPackaged ? packaged() : inCheckout()
  return {
    windowDirectory: join(out, 'renderer'),
    preload: join(out, 'preload', 'preload.cjs'),
    icon: join(icons, '256x256.png'),
    node,
    labEntry,
    lab: {
      resources,
      version: manifest.version,
      cwd,
      dataDirectory: words.data ?? cwd,
      storePath: words.store,
      scenarioFile: words.scenario,
    },
    words,
    log,
    notices,
    releases: RELEASES,
    onReady: tellReady,
  }
}

function fail(error: unknown): void {
  dialog.showErrorBox('CooperLab could not be opened', error instanceof Error ? error.message : String(error))
  app.exit(1)
}

try {
  // It is not awaited here, because Electron becomes ready only after this module has run.
  openApp(start()).catch(fail)
} catch (error) {
  fail(error)
}
