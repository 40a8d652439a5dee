/** Shows the progress of runs to a user who does something else: on the taskbar or the dock, and by a notification when one is over. */
import { type BrowserWindow, Notification } from 'electron'
import type { LabNotices, RunStatus } from '#shared/api/lab-api.ts'
import { formatPercent } from '#shared/units/quantities.ts'

interface Run {
  name: string
  round: number
  /** null for one that goes on from another day: nothing tells it again. */
  rounds: number | null
  accuracy: number | null
}

/** Two values of BrowserWindow.setProgressBar: no bar, and a bar that only moves. */
const [NO_BAR, NO_SHARE] = [-1, 2]

export class TaskbarProgress implements Pick<LabNotices, 'events' | 'status'> {
  private readonly window: BrowserWindow
  private readonly runs = new Map<string, Run>()
  /** The notification is kept, since one that is garbage-collected loses its click handler. */
  private shown: Notification | null = null

  constructor(window: BrowserWindow) {
    this.window = window
    window.on('focus', () => window.flashFrame(false))
  }

  readonly events: LabNotices['events'] = (session, _from, events) => {
    const run = this.runs.get(session) ?? { name: 'The run', round: 0, rounds: null, accuracy: null }
    for (const event of events) {
      if (event.kind === 'session-started') Object.assign(run, { name: event.scenario.name, rounds: event.scenario.stop.rounds })
      else if (event.kind === 'evaluated') run.accuracy = event.accuracy
      else if (event.kind === 'round-finished') run.round = event.round
    }
    this.runs.set(session, run)
    this.draw()
  }

  readonly status = ({ session, state, error }: RunStatus): void => {
    if (state !== 'finished' && state !== 'failed') return
    const run = this.runs.get(session)
    this.runs.delete(session)
    this.draw()
    if (run) this.tell(run, error)
  }

  /** The lab is gone, and its sessions with it. */
  none(): void {
    this.runs.clear()
    this.draw()
  }

  private draw(): void {
    if (this.window.isDestroyed()) return
    const [run] = this.runs.values()
    if (!run) this.window.setProgressBar(NO_BAR)
    else this.window.setProgressBar(run.rounds === null ? NO_SHARE : Math.min(1, run.round / run.rounds))
  }

  private tell({ name, round, accuracy }: Run, error: string | null): void {
    if (this.window.isDestroyed() || this.window.isFocused()) return
    this.window.flashFrame(true)
    if (!Notification.isSupported()) return
    const outcome = accuracy === null ? '' : `, accuracy ${formatPercent(accuracy)}`
    const body = error ?? `Over after ${round} ${round === 1 ? 'round' : 'rounds'}${outcome}.`
    this.shown = new Notification({ title: error === null ? name : `${name} failed`, body })
    this.shown.on('click', () => {
      this.window.show()
      this.window.focus()
    })
    this.shown.show()
  }
}
