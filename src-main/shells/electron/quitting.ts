/**
 * Ends the app in order, whoever asks for it: a closed window, the menu, a signal, the system. While a session computes the user is asked first; then
 * the window stays and says what it waits for, nothing more can be asked of the lab, and the app ends with the lab.
 */
import { type BrowserWindow, app, dialog, powerMonitor } from 'electron'

interface QuittingOptions {
  readonly window: () => BrowserWindow
  /** Returns true while a session computes. */
  readonly isBusy: () => boolean
  /** Closes all connections to the lab, and shows in the window what the app waits for. */
  readonly onEnding: () => void
  /** Ends the lab. @param graceSeconds the time after which it is killed */
  readonly endLab: (graceSeconds: number) => Promise<void>
  /** Called if the user started the app again while it was ending. */
  readonly onAgain: () => void
}

/** The longest wait for running sessions to finish their round in progress. */
const GRACE_SECONDS = 120
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

export class Quitting {
  private readonly options: QuittingOptions
  private state: 'open' | 'asking' | 'ending' | 'over' = 'open'
  private again = false

  /** MUST be created after the app is ready, because until then Chromium replaces all signal handlers with its own. */
  constructor(options: QuittingOptions) {
    this.options = options
    app.on('before-quit', (event) => this.request(event))
    app.on('window-all-closed', () => app.quit())
    // The sender of a signal can't be asked; a second signal ends the app without waiting.
    for (const signal of SIGNALS) process.on(signal, () => void (this.state === 'ending' ? options.endLab(0) : this.end()))
    powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
      event?.preventDefault()
      void this.end()
    })
  }

  get ending(): boolean {
    return this.state === 'ending'
  }

  watch(window: BrowserWindow): void {
    window.on('close', (event) => this.request(event))
  }

  /** Notes that the app is to open again, with a new lab, once the present one has ended. */
  startAgain(): void {
    this.again = this.ending
  }

  private request(event: { preventDefault(): void }): void {
    if (this.state === 'over') return
    event.preventDefault()
    if (this.state === 'open') void this.askAndEnd()
    else if (this.state === 'ending') void this.askAtOnce()
  }

  private async askAndEnd(): Promise<void> {
    if (this.options.isBusy()) {
      this.state = 'asking'
      const { response } = await dialog.showMessageBox(this.options.window(), {
        type: 'question',
        message: 'A session is running.',
        detail: 'It ends after the round in progress and can go on from there another day.',
        buttons: ['Quit after this round', 'Keep running'],
        defaultId: 0,
        cancelId: 1,
      })
      // A signal may have come meanwhile.
      if (this.state !== 'asking') return
      this.state = 'open'
      if (response !== 0) return
    }
    await this.end()
  }

  private async askAtOnce(): Promise<void> {
    const { response } = await dialog.showMessageBox(this.options.window(), {
      type: 'question',
      message: 'The round in progress is not done yet.',
      detail: 'Without it the session can go on from the round before.',
      buttons: ['Wait', 'Quit now'],
      defaultId: 0,
      cancelId: 0,
    })
    if (response === 1 && this.ending) await this.options.endLab(0)
  }

  private async end(): Promise<void> {
    if (this.state === 'ending' || this.state === 'over') return
    this.state = 'ending'
    this.options.onEnding()
    await this.options.endLab(GRACE_SECONDS)
    if (this.again) {
      this.again = false
      this.state = 'open'
      return this.options.onAgain()
    }
    this.state = 'over'
    app.quit()
  }
}
