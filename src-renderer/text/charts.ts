/** Words that all charts share. */
export const charts = {
  table: 'Table',
  chart: 'Chart',
  showTable: 'Show the same as a table',
  more: (shown: number, all: number) => `Show more (${shown} of ${all})`,
  loading: 'Loading…',
  noSession: 'No session is open',
  noSessionHint: 'Start a run in the Run view, or open one in Sessions.',
} as const
