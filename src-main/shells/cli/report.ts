/** The end of a run as a person reads it. */
import type { RunSummary } from '#shared/events/summary.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { phoneTable } from './phone-table.ts'
import { formatCount, formatSeconds } from '#shared/units/quantities.ts'

export function report(summary: RunSummary): string {
  const { target, history } = summary
  const accuracy = (value: number | null): string => (value === null ? '-' : value.toFixed(3))
  const lines = [
    '',
    `${summary.rounds} rounds, stopped by ${summary.stoppedBy} · ${formatSeconds(summary.virtualSeconds)} virtual, ${formatSeconds(summary.wallSeconds)} on this machine`,
    `accuracy ${accuracy(history[0]?.accuracy ?? null)} -> ${accuracy(summary.finalAccuracy)}, best ${accuracy(summary.bestAccuracy)} · loss ${accuracy(summary.finalLoss)}`,
  ]
  if (target) {
    lines.push(
      `target reached in round ${target.round}: ${formatSeconds(target.virtualSeconds)} virtual, ${formatCount(target.forwardPasses)} forward passes, ${formatBytes(target.bytesDown)} down, ${formatBytes(target.bytesUp)} up (all phones together)`,
    )
  }
  if (summary.skipped) {
    const reasons = Object.entries(summary.skipped).map(([reason, count]) => `${formatCount(count)} ${reason}`)
    lines.push(`answers that did not count: ${reasons.join(', ')}`)
  }
  if (summary.privacy) {
    const { epsilon, delta } = summary.privacy
    lines.push(`differential privacy of each phone: epsilon ${epsilon.toPrecision(3)} at delta ${delta}`)
  }
  const { devices, processes } = summary
  const { cap } = devices[0]!
  const turns = processes === undefined ? '' : ` · ${devices.length} phones in ${processes === 1 ? '1 process' : `${processes} processes`}`
  const held = `cap by ${cap.mechanism}, ${cap.enforced ? 'enforced by the operating system' : 'monitored, not enforced'}`
  lines.push('', ...phoneTable(devices), '', `${held}${turns} · digest ${summary.digest}`, '')
  return lines.join('\n')
}
