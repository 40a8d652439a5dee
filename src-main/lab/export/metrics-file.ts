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

/** @param path the file to write, whose ending chooses the format: JSON for `.json`, else a table @returns the file's text */
export function metricsFile(path: string, view: SessionView): string {
  return path.toLowerCase().endsWith('.json') ? metricsJson(view) : metricsCsv(view)
}

/** Makes a table by RFC 4180, with totals over the fleet. Numbers have full precision, and unknown ones are empty. */
function metricsCsv({ history }: SessionView): string {
  const rows = history.map((measurement) => COLUMNS.map((column) => String(measurement[column] ?? '')))
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** Makes a JSON text of measurements, rounds with their schedule and bits, and phones; seconds are virtual. */
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
      // Views have reasons and links for the newest rounds only, so they are left out.
      rounds: view.rounds.map(({ reasons: _, links: __, ...round }) => round),
      phones: view.phones.map(({ memory: _, ...phone }) => phone),
    },
    null,
    1,
  )}\n`
}
