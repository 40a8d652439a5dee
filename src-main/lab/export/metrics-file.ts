/** Writes the measurements of a session for other programs: as a table, one row per measurement of accuracy, or whole as JSON. */
import type { Measurement, SessionView } from '#shared/events/projection.ts'

const COLUMNS = [
  'round',
  'virtualSeconds',
  'accuracy',
  'loss',
  'forwardPasses',
  'bytesDown',
  'bytesUp',
  'energyJoules',
] as const satisfies readonly (keyof Measurement)[]

/** @param path its ending decides: JSON for `.json`, else a table */
export function metricsFile(path: string, view: SessionView): string {
  return path.toLowerCase().endsWith('.json') ? metricsJson(view) : metricsCsv(view)
}

/** RFC 4180, numbers in full precision; what isn't known is empty. Totals over the fleet. */
function metricsCsv({ history }: SessionView): string {
  const rows = history.map((measurement) => COLUMNS.map((column) => String(measurement[column] ?? '')))
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** Measurements, rounds with their schedule and bits, and phones; seconds are virtual. */
function metricsJson(view: SessionView): string {
  const { session, name, method, seed, parameters, virtualSeconds, history, target, privacy } = view
  return `${JSON.stringify(
    {
      session,
      name,
      method,
      seed,
      parameters,
      virtualSeconds,
      target,
      privacy,
      history,
      // Reasons and links are kept of the newest rounds alone, in words and numbers for people.
      rounds: view.rounds.map(({ reasons: _, links: __, ...round }) => round),
      phones: view.phones.map(({ memory: _, ...phone }) => phone),
    },
    null,
    1,
  )}\n`
}
