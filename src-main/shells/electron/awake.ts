/** Keeps the system from sleeping while a session computes; the screen may go dark. */
import { powerSaveBlocker } from 'electron'
import type { RunState, RunStatus } from '#shared/api/lab-api.ts'

const COMPUTES: ReadonlySet<RunState> = new Set(['starting', 'running', 'pausing', 'stopping'])

export class Awake {
  private readonly busy = new Set<string>()
  private blocker: number | null = null

  get isBusy(): boolean {
    return this.busy.size > 0
  }

  heed({ session, state }: RunStatus): void {
    if (COMPUTES.has(state)) this.busy.add(session)
    else this.busy.delete(session)
    this.update()
  }

  /** The lab is gone, and its sessions with it. */
  none(): void {
    this.busy.clear()
    this.update()
  }

  private update(): void {
    if (this.busy.size > 0 && this.blocker === null) this.blocker = powerSaveBlocker.start('prevent-app-suspension')
    if (this.busy.size === 0 && this.blocker !== null) {
      powerSaveBlocker.stop(this.blocker)
      this.blocker = null
    }
  }
}
