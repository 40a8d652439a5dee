/** The progress of a run on a terminal: one line that is redrawn, or plain lines where there is no terminal. */
import { describeData } from '#shared/events/data-report.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { describeTraces } from '#shared/events/describe-traces.ts'
import { type SessionView, total } from '#shared/events/projection.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount, formatPercent, formatSeconds } from '#shared/units/quantities.ts'
import { visibleLine } from '#shared/text/visible.ts'
import type { Terminal } from './terminal.ts'

const BAR_WIDTH = 20
const LONGEST_LINE = 1000

export class Progress {
  private readonly terminal: Terminal
  private lineShown = false

  constructor(terminal: Terminal) {
    this.terminal = terminal
  }

  /** @param view the session's view after the event */
  show(event: LabEvent, view: SessionView): void {
    switch (event.kind) {
      case 'session-started': {
        const { scenario, phones, rows, data, parameters, labels, fresh, diskBytes } = event
        this.print(
          `${scenario.name} · ${scenario.method.kind} · ${phones.length} phones · ${labels.length} labels · ${formatCount(parameters)} parameters`,
        )
        this.print(`rows: ${rows.train} private, ${rows.public} public, ${rows.test} test · cap by ${phones[0]!.cap.mechanism}`)
        for (const words of data ? describeData(data.train) : []) this.print(words)
        for (const words of data?.test ? describeData(data.test) : []) this.print(`test ${words}`)
        for (const words of data?.public ? describeData(data.public) : []) this.print(`public ${words}`)
        for (const words of event.hardware ? describeTraces(event.hardware) : []) this.print(words)
        if (diskBytes !== undefined)
          this.print(`every phone keeps the weights in a file of its own: ${formatBytes(diskBytes)} of disk at most`)
        if (fresh.length > 0) this.print(`drawn from the seed, since the checkpoint lacks them: ${fresh.join(', ')}`)
        return
      }
      case 'phone-ended': {
        const { id } = view.phones[event.phone]!
        this.print(`round ${event.round}: ${id} ${event.words} while ${event.doing}${event.final ? '; it stays out' : ''}`)
        return
      }
      case 'evaluated':
        if (view.target && view.target.round === event.round && view.target === view.history.at(-1)) {
          this.print(`round ${event.round}: target ${formatPercent(view.targetAccuracy!)} reached`)
        }
        this.redraw(view)
        return
      case 'round-started':
      case 'phone-reported':
        this.redraw(view)
        return
      case 'session-finished':
        this.clear()
        return
      default:
        return
    }
  }

  private redraw(view: SessionView): void {
    if (this.terminal.isTTY) {
      this.terminal.redraw(line(view))
      this.lineShown = true
    } else if (view.history.at(-1)?.round === view.round) this.terminal.write(`${line(view)}\n`)
  }

  private print(text: string): void {
    this.clear()
    this.terminal.write(`${visibleLine(text, LONGEST_LINE)}\n`)
  }

  private clear(): void {
    if (this.lineShown) this.terminal.clearLine()
    this.lineShown = false
  }
}

function line(view: SessionView): string {
  const last = view.history.at(-1)
  const filled = Math.round(BAR_WIDTH * Math.min(1, view.round / Math.max(1, view.plannedRounds)))
  const fullest = view.phones.reduce(
    (most, phone) => (phone.peakBytes / phone.cap.bytes > most.peakBytes / most.cap.bytes ? phone : most),
    view.phones[0]!,
  )
  return [
    `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} round ${view.round}/${view.plannedRounds}`,
    last ? `accuracy ${last.accuracy.toFixed(3)} loss ${last.loss.toFixed(3)}` : '',
    (view.rounds.at(-1)?.source ?? '').replace('taken-back', 'last steps taken back'),
    `${formatSeconds(view.virtualSeconds)} virtual`,
    `${formatCount(total(view.phones, 'forwardPasses'))} passes`,
    view.privacy ? `epsilon ${view.privacy.epsilon.toPrecision(3)}` : '',
    fullest.peakBytes > 0 ? `fullest ${fullest.id} ${formatBytes(fullest.peakBytes)} of ${formatBytes(fullest.cap.bytes)}` : '',
  ]
    .filter(Boolean)
    .join(' · ')
}
