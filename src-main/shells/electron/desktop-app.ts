/**
 * The desktop app: one window on the lab, which runs in a process of its own. Here is how the parts hang together; each of them has a file of its own,
 * as has what keeps a page confined and who may ask.
 */
import { Menu, app, dialog, session } from 'electron'
import { join } from 'node:path'
import * as v from 'valibot'
import { COMMAND, CONNECT, DROPPED, ENDING, OPENED, PICK, type Picked, THEME } from '#shared/api/desktop.ts'
import type { LabNotices } from '#shared/api/lab-api.ts'
import type { LabProcessOptions } from '../process/options.ts'
import type { AppLog } from './app-log.ts'
import { Appearance } from './appearance.ts'
import { Awake } from './awake.ts'
import { listen } from './channels.ts'
import { confineContents, confineSession } from './confine.ts'
import { offerContextMenu } from './context-menu.ts'
import { pickFile } from './file-dialogs.ts'
import { Help } from './help.ts'
import { LabPorts } from './lab-ports.ts'
import { type LabProcess, startLabProcess } from './lab-process.ts'
import { menuTemplate } from './menu.ts'
import { readOpened } from './opened-files.ts'
import { PageWindow } from './page-window.ts'
import { registerScheme, servePage } from './page.ts'
import { Quitting } from './quitting.ts'
import { RecentFiles } from './recent-files.ts'
import { TaskbarProgress } from './taskbar-progress.ts'
import { smoke } from './smoke-start.ts'
import { type StartWords, startWords } from './start-words.ts'
import { watchProcesses } from './trouble.ts'

export interface AppOptions {
  /** The folder of the built window. */
  readonly windowDirectory: string
  readonly preload: string
  /** The path of a PNG; Windows and macOS show the program's own icon. */
  readonly icon: string
  /** The Node program that runs the lab. */
  readonly node: string
  /** The entry point of the lab's process. */
  readonly labEntry: string
  readonly lab: LabProcessOptions
  readonly words: StartWords
  readonly log: AppLog
  readonly notices: string
  readonly releases: string | null
  /** Called once: the window shows, or another open app has taken over what this one was to open. */
  readonly onReady: (how: 'shown' | 'handed-over') => void
}

export async function openApp(options: AppOptions): Promise<void> {
  if (!app.requestSingleInstanceLock({ ...options.words })) {
    options.onReady('handed-over')
    return app.quit()
  }
  registerScheme()
  app.enableSandbox()
  confineContents(app)
  watchProcesses(app)
  const early = [...options.words.files]
  let desktop: Desktop | null = null
  // macOS hands files over with an event, which may come before the app is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault()
    if (desktop) void desktop.openFile(path)
    else early.push(path)
  })
  await app.whenReady()
  desktop = new Desktop(options)
  for (const path of early) void desktop.openFile(path)
}

class Desktop {
  private readonly options: AppOptions
  private readonly awake = new Awake()
  private readonly ports = new LabPorts()
  private readonly appearance = new Appearance(own('theme.json'))
  private readonly recent = new RecentFiles(own('recent.json'), () => this.setMenu())
  private readonly page: PageWindow
  private readonly progress: TaskbarProgress
  private readonly quitting: Quitting
  private readonly help: Help
  /** Opened while the app was ending, and for the one that goes on after it. */
  private readonly later: string[] = []
  private lab: LabProcess

  constructor(options: AppOptions) {
    this.options = options
    const { windowDirectory, preload, icon, log, words, notices, releases, lab, onReady } = options
    confineSession(session.defaultSession)
    servePage(session.defaultSession, windowDirectory)
    const describeLab = (): ReturnType<LabProcess['calls']['describe']> => this.lab.calls.describe()
    this.help = new Help({ version: lab.version, notices, releases, log, window: () => this.page.window, describeLab })
    this.setMenu()
    const { ground } = this.appearance
    this.page = new PageWindow({ preload, icon, ground, stateFile: own('window.json'), onShown: () => onReady('shown') })
    const { window } = this.page
    this.progress = new TaskbarProgress(window)
    this.lab = this.startLab()
    this.appearance.follow(window)
    offerContextMenu(window)
    listen(CONNECT, ({ sender }) => {
      if (this.quitting.ending) this.ports.refuse(sender)
      else this.ports.connect(sender, () => this.lab.calls)
    })
    listen(PICK, (_event, kind) => void this.pick(kind === 'session' ? 'session' : 'scenario'))
    listen(DROPPED, (_event, path) => void this.openFile(String(path)))
    listen(THEME, (_event, theme) => this.appearance.choose(theme))
    this.quitting = new Quitting({
      window: () => window,
      isBusy: () => this.awake.isBusy,
      onEnding: () => this.sayEnding(),
      endLab: (graceSeconds) => this.lab.end(graceSeconds),
      onAgain: () => this.goOn(),
    })
    this.quitting.watch(window)
    app.on('second-instance', (_event, argv, cwd, data) => this.hearAgain(argv, cwd, data))
    app.on('activate', () => this.page.show())
    if (words.smoke) smoke(window, () => this.lab.end(SMOKE_GRACE_SECONDS))
  }

  /** Shows what was opened outside of the page to it. */
  async openFile(path: string): Promise<void> {
    if (this.quitting.ending) return void this.later.push(path)
    try {
      const opened = await readOpened(path)
      this.page.whenLoaded((contents) => contents.send(OPENED, opened))
      this.recent.add(path)
      app.addRecentDocument(path)
    } catch (error) {
      this.recent.drop(path)
      dialog.showErrorBox('The file could not be opened', (error as Error).message)
    }
  }

  private startLab(): LabProcess {
    const { node, labEntry, lab, log } = this.options
    const notices: LabNotices = {
      events: (...notice) => {
        this.ports.events(...notice)
        this.progress.events(...notice)
      },
      status: (status) => {
        this.awake.heed(status)
        this.ports.status(status)
        this.progress.status(status)
      },
      doing: this.ports.doing,
      sessionsChanged: this.ports.sessionsChanged,
      warn: this.ports.warn,
    }
    return startLabProcess({
      node,
      entry: labEntry,
      options: lab,
      notices,
      onSaid: (text) => log.hear(text),
      onEnded: (words) => void this.labEnded(words),
    })
  }

  /** Handles the lab's end. A window learns of it by its closed port, and connects again once it is loaded again. */
  private async labEnded(words: string): Promise<void> {
    this.options.log.say(`the lab's process ended: ${words}`)
    this.forgetRuns()
    // The failed call carries the reason.
    if (this.options.words.smoke) return
    const { response } = await dialog.showMessageBox(this.page.window, {
      type: 'error',
      message: `The lab's process ended: ${words}.`,
      detail: 'A session that ran was kept up to its last whole round and can go on from there.',
      buttons: ['Start it again', 'Quit'],
      defaultId: 0,
      cancelId: 1,
    })
    if (response !== 0) return app.quit()
    this.goOn()
  }

  private sayEnding(): void {
    this.page.whenLoaded((contents) => contents.send(ENDING))
    this.forgetRuns()
  }

  /** Fails the calls that pages wait for; no session computes any more. */
  private forgetRuns(): void {
    this.ports.closeAll()
    this.awake.none()
    this.progress.none()
  }

  private goOn(): void {
    this.lab = this.startLab()
    this.page.reload()
    for (const path of this.later.splice(0)) void this.openFile(path)
  }

  private setMenu(): void {
    const { help, recent } = this
    const template = menuTemplate(
      {
        run: (id, byKey) => this.command(id, byKey),
        open: (path) => void this.openFile(path),
        clearRecent: () => {
          recent.clear()
          app.clearRecentDocuments()
        },
        about: () => void help.about(),
        licences: () => void help.licences(),
        updates: () => void help.updates(),
        logs: () => void help.logs(),
        diagnostics: () => void help.diagnostics(),
      },
      recent.list,
    )
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
  }

  /** Files are picked here, because a page without a user gesture may open no dialog, and would not learn where the file lies. */
  private command(id: string, byKey: boolean): void {
    const picked = PICKED[id]
    if (picked !== undefined && !byKey) return void this.pick(picked)
    if (!byKey) this.page.show()
    this.page.whenLoaded((contents) => contents.send(COMMAND, id, byKey))
  }

  private async pick(kind: Picked): Promise<void> {
    this.page.show()
    const path = await pickFile(this.page.window, kind)
    if (path !== null) await this.openFile(path)
  }

  private hearAgain(argv: readonly string[], cwd: string, data: unknown): void {
    this.quitting.startAgain()
    this.page.show()
    const { scenario, store, files } = wordsOf(argv, cwd, data)
    for (const path of [...(scenario === null ? [] : [scenario]), ...files]) void this.openFile(path)
    const { storePath } = this.options.lab
    if (store === null || store === storePath) return
    dialog.showErrorBox(
      'CooperLab is open already',
      `It keeps its sessions ${storePath === null ? 'where it does by itself' : `in ${storePath}`}. Quit it first to open ${store}.`,
    )
  }
}

/** Menu items that a dialog of the system belongs to. */
const PICKED: Readonly<Record<string, Picked>> = { 'scenario.open': 'scenario', 'session.import': 'session' }
const SMOKE_GRACE_SECONDS = 60

const passed = v.object({ scenario: v.nullable(v.string()), store: v.nullable(v.string()), files: v.array(v.string()) })

/** Uses the start words as the other start has read them, whose command line may arrive in another order. */
function wordsOf(argv: readonly string[], cwd: string, data: unknown): Pick<StartWords, 'scenario' | 'store' | 'files'> {
  const { success, output } = v.safeParse(passed, data)
  return success ? output : startWords(argv.slice(1), cwd)
}

/** @param name of a file that the app keeps */
function own(name: string): string {
  return join(app.getPath('userData'), name)
}
