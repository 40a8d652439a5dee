/**
 * The list of everything a user can do: the palette, the shortcuts and the native menu are drawn from it, and src-renderer/commands carries it out.
 */
import { VIEWS, type ViewId } from './views.ts'

export type CommandMenu = 'File' | 'View' | 'Session' | 'Help'

export interface CommandEntry {
  readonly id: string
  readonly title: string
  /** `Mod` is Command on macOS and Control elsewhere. Keys are named as KeyboardEvent.key has them, except `Space`. */
  readonly key?: string
  readonly menu: CommandMenu
}

/** The n-th view is shown by Mod+n; after the ninth there are no such keys. */
export function viewKey(id: ViewId): string | undefined {
  const place = VIEWS.findIndex((view) => view.id === id) + 1
  return place <= 9 ? `Mod+${place}` : undefined
}

type GoTo = CommandEntry & { readonly id: `view.${ViewId}` }

function goTo({ id, title }: (typeof VIEWS)[number]): GoTo {
  const key = viewKey(id)
  return { id: `view.${id}`, title: `Go to ${title}`, ...(key === undefined ? {} : { key }), menu: 'View' }
}

export const COMMANDS = [
  { id: 'session.run', title: 'Run the scenario', key: 'Mod+Enter', menu: 'File' },
  { id: 'scenario.open', title: 'Open a scenario file…', key: 'Mod+O', menu: 'File' },
  { id: 'scenario.save', title: 'Save the scenario to a file…', key: 'Mod+S', menu: 'File' },
  { id: 'session.import', title: 'Import a session…', key: 'Mod+I', menu: 'File' },
  { id: 'session.export', title: 'Export this session…', key: 'Mod+E', menu: 'File' },
  { id: 'session.close', title: 'Close this session', menu: 'File' },

  ...VIEWS.map(goTo),
  { id: 'inspector.toggle', title: 'Show or hide the inspector', key: 'i', menu: 'View' },
  { id: 'selection.clear', title: 'Select nothing', key: 'Escape', menu: 'View' },
  { id: 'chart.form', title: 'Chart or table', key: 't', menu: 'View' },
  { id: 'chart.zoom-in', title: 'Zoom in on the schedule', menu: 'View' },
  { id: 'chart.zoom-out', title: 'Zoom out of the schedule', menu: 'View' },
  { id: 'chart.show-all', title: 'Show the whole schedule', menu: 'View' },
  { id: 'chart.next-critical', title: 'Next task on the critical path', key: 'c', menu: 'View' },
  { id: 'chart.next-policy', title: 'Schedule: compare with the next policy', key: 'p', menu: 'View' },
  { id: 'chart.next-axis', title: 'Convergence: over the next quantity', key: 'x', menu: 'View' },
  { id: 'theme.light', title: 'Light theme', menu: 'View' },
  { id: 'theme.dark', title: 'Dark theme', menu: 'View' },
  { id: 'theme.system', title: 'Theme of the system', menu: 'View' },
  { id: 'motion.toggle', title: 'Less motion, on or off', menu: 'View' },

  { id: 'transport.toggle', title: 'Play or pause', key: 'Space', menu: 'Session' },
  { id: 'transport.step', title: 'One round on', key: '.', menu: 'Session' },
  { id: 'transport.back', title: 'One round back', key: ',', menu: 'Session' },
  { id: 'transport.stop', title: 'Stop', key: 'Mod+.', menu: 'Session' },
  { id: 'transport.next-mark', title: 'To the next marker', key: ']', menu: 'Session' },
  { id: 'transport.previous-mark', title: 'To the marker before', key: '[', menu: 'Session' },
  { id: 'transport.start', title: 'To the beginning', key: 'Shift+Home', menu: 'Session' },
  { id: 'transport.end', title: 'To the end, or to what happens now', key: 'Shift+End', menu: 'Session' },
  { id: 'transport.faster', title: 'Replay faster', key: '+', menu: 'Session' },
  { id: 'transport.slower', title: 'Replay slower', key: '-', menu: 'Session' },

  { id: 'palette.open', title: 'All commands', key: 'Mod+K', menu: 'Help' },
  { id: 'shortcuts.show', title: 'Keyboard shortcuts', key: '?', menu: 'Help' },
  { id: 'guide.show', title: 'Show the first steps again', menu: 'Help' },
] as const satisfies readonly CommandEntry[]

export type CommandId = (typeof COMMANDS)[number]['id']
