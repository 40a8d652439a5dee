/** Sessions in the order the user wants, with their state as it is now. */
import type { RunStatus, SessionSummary } from '#shared/api/lab-api.ts'
import { text } from '../../text/window-texts.ts'

export type SortKey = keyof typeof text.sessions.columns

export interface Sorting {
  readonly by: SortKey
  readonly descending: boolean
}

export interface TableSession extends SessionSummary {
  readonly shownState: keyof typeof text.sessions.states
}

/** @param statuses of sessions that this lab runs or has run since the window is connected */
export function sessionRows(
  list: readonly SessionSummary[],
  statuses: ReadonlyMap<string, RunStatus>,
  { by, descending }: Sorting,
): TableSession[] {
  const rows = list.map((session): TableSession => {
    const state = statuses.get(session.id)?.state
    const runs = state !== undefined && state !== 'finished' && state !== 'failed'
    return { ...session, shownState: runs ? 'running' : session.state }
  })
  const key = by === 'state' ? 'shownState' : by
  const way = descending ? -1 : 1
  return rows.sort((a, b) => way * order(a[key], b[key]))
}

/** Unknown values come first. */
function order(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b, 'en', { numeric: true })
  return Number(a ?? -Infinity) - Number(b ?? -Infinity) || 0
}

/** `5 min ago`; the date where it is longer ago than a week. */
export function howLongAgo(iso: string, nowMs: number): string {
  const { ago } = text.sessions
  const minutes = Math.floor((nowMs - Date.parse(iso)) / 60_000)
  if (minutes < 1) return ago.now
  if (minutes < 60) return ago.minutes(minutes)
  if (minutes < 48 * 60) return ago.hours(Math.floor(minutes / 60))
  if (minutes < 7 * 24 * 60) return ago.days(Math.floor(minutes / (24 * 60)))
  return iso.slice(0, 10)
}
