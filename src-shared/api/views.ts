/** The views of the window, in the order of its rail. The folder of the same name in src-renderer/views says how a view is drawn. */
interface ViewEntry {
  readonly id: string
  readonly title: string
  /** True if the inspector stands beside the view. @default false */
  readonly inspected?: true
}

export const VIEWS = [
  { id: 'run', title: 'Run' },
  { id: 'fleet', title: 'Fleet', inspected: true },
  { id: 'schedule', title: 'Schedule', inspected: true },
  { id: 'compression', title: 'Compression', inspected: true },
  { id: 'convergence', title: 'Convergence' },
  { id: 'memory', title: 'Memory', inspected: true },
  { id: 'sessions', title: 'Sessions' },
] as const satisfies readonly ViewEntry[]

export type ViewId = (typeof VIEWS)[number]['id']

export function viewEntry(id: ViewId): ViewEntry {
  return VIEWS.find((view) => view.id === id)!
}
