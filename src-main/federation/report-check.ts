/** Checks that a phone's answer is valid: it comes from that phone, answers that question, is whole, and holds numbers. */
import { FrameError } from '#main/wire/frame-error.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { readScalars } from '#main/wire/scalars-frame.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'

/** @param sealed true if the answer's values are masked @returns a clause that follows the phone's name; null if nothing is wrong */
export function whatIsWrongWithReport(phone: number, round: number, report: unknown, sealed: boolean): string | null {
  if (!isReport(report)) return 'answered with something that is no report'
  if (sealed) return null
  try {
    const scalars = readScalars(report.frame)
    if (report.difference) readDirection(report.difference)
    if (scalars.phone !== phone) return `answered in the name of phone ${scalars.phone}`
    return scalars.round === round ? null : `answered for round ${scalars.round}`
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    return `answered with a frame that can't be read (${error.message})`
  }
}

function isReport(report: unknown): report is ProbeReport {
  if (typeof report !== 'object' || report === null) return false
  const { frame, batches, difference } = report as Partial<ProbeReport>
  return (
    frame instanceof Uint8Array &&
    (difference === undefined || difference === null || difference instanceof Uint8Array) &&
    Array.isArray(batches) &&
    batches.every(
      (batch: unknown) =>
        typeof batch === 'object' && batch !== null && WORK.every((key) => isAmount((batch as Record<string, unknown>)[key])),
    )
  )
}

const WORK = ['sequences', 'tokens', 'forwardPasses'] as const

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
