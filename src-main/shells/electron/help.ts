/** The entries of the Help menu beside the page's own: about the app, its licences, its log, and the facts that a report of a fault needs. */
import { type BrowserWindow, clipboard, dialog, shell } from 'electron'
import { mkdirSync } from 'node:fs'
import type { LabDescription } from '#shared/api/lab-api.ts'
import type { AppLog } from './app-log.ts'
import { diagnosticsText } from './diagnostics.ts'

interface HelpOptions {
  readonly version: string
  /** File with the licences of all that the app is made of. */
  readonly notices: string
  /** Page that lists releases; null: of a build that none belong to. */
  readonly releases: string | null
  readonly log: AppLog
  readonly window: () => BrowserWindow
  /** Rejects if the lab doesn't answer. */
  readonly describeLab: () => Promise<LabDescription>
}

export class Help {
  private readonly options: HelpOptions

  constructor(options: HelpOptions) {
    this.options = options
  }

  async about(): Promise<void> {
    const { electron, chrome, node } = process.versions
    const { response } = await dialog.showMessageBox(this.options.window(), {
      type: 'info',
      title: 'About CooperLab',
      message: `CooperLab ${this.options.version}`,
      detail: `Electron ${electron}, Chromium ${chrome}, Node ${node}.\nMIT licence. Nothing phones home.`,
      buttons: ['Close', 'Licences'],
      defaultId: 0,
      cancelId: 0,
    })
    if (response === 1) await this.licences()
  }

  /** Opens the licences of everything the app is made of in the system's own program for texts. */
  async licences(): Promise<void> {
    await this.open(this.options.notices)
  }

  /** Asked for by hand and never by itself: there is no feed to look into, so the user looks. */
  async updates(): Promise<void> {
    const { version, releases, window } = this.options
    if (releases === null) {
      const detail = 'This one was built here, from its sources: newer ones come with them.'
      return void (await dialog.showMessageBox(window(), { type: 'info', message: `CooperLab ${version}`, detail, buttons: ['Close'] }))
    }
    await shell.openExternal(releases).catch(() => {
      dialog.showErrorBox('No browser could be opened', `This is version ${version}. Releases are at ${releases}.`)
    })
  }

  async logs(): Promise<void> {
    mkdirSync(this.options.log.folder, { recursive: true })
    await this.open(this.options.log.folder)
  }

  async diagnostics(): Promise<void> {
    const { response, checkboxChecked } = await dialog.showMessageBox(this.options.window(), {
      type: 'info',
      message: 'Copy diagnostics',
      detail:
        'Versions, the system, how caps are enforced and the last lines of the log are put on the clipboard. Nothing is sent anywhere.',
      checkboxLabel: 'With the paths of my files',
      checkboxChecked: false,
      buttons: ['Copy', 'Cancel'],
      defaultId: 0,
      cancelId: 1,
    })
    if (response !== 0) return
    const lab = await this.options.describeLab().catch(() => null)
    const { version, log } = this.options
    clipboard.writeText(diagnosticsText({ version, versions: process.versions, lab, lines: log.lastLines(), paths: checkboxChecked }))
  }

  /** Electron tells what went wrong as a text, which is empty otherwise. */
  private async open(path: string): Promise<void> {
    const failure = await shell.openPath(path)
    if (failure !== '') dialog.showErrorBox('It could not be opened', `${path}: ${failure}`)
  }
}
