/** What was measured round by round, as a table for other programs: one row per measurement of accuracy, totals over the fleet. */
import type { Measurement, SessionView } from '#shared/events/projection.ts'

const COLUMNS = [
  'round',
  'virtualSeconds',
  'accuracy',
  'loss',
  'forwardPasses',
  'bytesDown',
  'bytesUp',
] as const satisfies readonly (keyof Measurement)[]

/** RFC 4180, numbers in full precision. */
export function metricsCsv({ history }: SessionView): string {
  const rows = history.map((measurement) => COLUMNS.map((column) => String(measurement[column])))
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}
