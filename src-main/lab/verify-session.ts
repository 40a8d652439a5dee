/**
 * Verifies a stored session: runs it again from its scenario and from what happened to it from outside, the user's changes and the losses of phones,
 * each at the same place. All computed events must be the same; the first one that differs is named.
 */
import type { LabEvent } from '#shared/events/event.ts'
import type { ScriptedLoss } from '#main/fleet/fleet.ts'
import { uncapped } from '#main/fleet/memory-cap/uncapped.ts'
import { withChanges } from '#main/federation/steering.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { toJson } from '#main/store/event-json.ts'
import type { LoadedScenario } from '#main/reading/load-scenario.ts'
import type { Resources } from '#main/machine/resources.ts'
import { recordedProcesses } from './record-session.ts'
import { runSession } from './run-session.ts'

export interface Verification {
  /** The number of compared events that are the same. */
  readonly same: number
  /** The first event that differs; null if all are the same. */
  readonly difference: {
    /** The number of the event in the session. */
    readonly seq: number
    readonly kind: LabEvent['kind']
    readonly round: number | null
    /** The compared fields of the event as text, as recorded and as repeated; null if the repeated run has no such event. */
    readonly recorded: string
    readonly again: string | null
  } | null
}

interface VerifyOptions {
  readonly resources: Resources
  /** Called with every event of the repeated run. */
  readonly onEvent: (event: LabEvent) => void
  readonly signal: AbortSignal
}

/** @returns null if the verification was interrupted @throws InputError or RunFailed if the session can't be run again */
export async function verifySession(
  loaded: LoadedScenario,
  events: readonly LabEvent[],
  { resources, onEvent, signal }: VerifyOptions,
): Promise<Verification | null> {
  const recorded = events.flatMap((event, seq) => (comparable(event) === null ? [] : [{ event, seq }]))
  let same = 0
  let difference: Verification['difference'] = null
  const compare = (event: LabEvent): void => {
    const again = comparable(event)
    if (again === null || same === recorded.length || difference !== null) return
    const expected = recorded[same]!
    const wanted = comparable(expected.event)!
    if (event.kind === expected.event.kind && again === wanted) same++
    else difference = differenceOf(expected, event)
  }
  const started = events[0]
  const session = started?.kind === 'session-started' ? { session: started.session } : {}
  const over = (): boolean => signal.aborted || difference !== null || same === recorded.length
  const again = runSession(loaded, {
    ...session,
    resources,
    mechanism: uncapped,
    processes: recordedProcesses(events),
    losses: lossesOf(events),
    steering: withChanges(
      events.flatMap((event) => (event.kind === 'phone-tuned' ? [event] : [])),
      {
        beforeRound: async () => [],
        interrupted: () => over() || wasInterrupted(recorded, same),
      },
    ),
    emit: (event) => {
      compare(event)
      onEvent(event)
    },
  })
  await again.catch((error: unknown) => {
    // A session that failed fails again when it is verified, after its last event.
    const asRecorded = same === recorded.length && error instanceof RunFailed && !error.isFault
    if (!asRecorded && difference === null) throw error
  })
  if (signal.aborted && difference === null && same < recorded.length) return null
  const missing = recorded[same]
  if (difference === null && missing) {
    return { same, difference: { ...about(missing), recorded: comparable(missing.event)!, again: null } }
  }
  return { same, difference }
}

interface Numbered {
  readonly event: LabEvent
  readonly seq: number
}

/** True if the only difference left is how the user's interruption ended the session. */
function wasInterrupted(recorded: readonly Numbered[], same: number): boolean {
  const rest = recorded.slice(same)
  const last = rest.at(-1)?.event
  return last?.kind === 'session-finished' && last.stoppedBy === 'interrupted' && rest.length <= 2
}

function lossesOf(events: readonly LabEvent[]): Map<number, ScriptedLoss[]> {
  const losses = new Map<number, ScriptedLoss[]>()
  for (const event of events) {
    if (event.kind !== 'phone-ended' || event.lostIn === undefined) continue
    const { phone, reason, words, doing, lostIn } = event
    losses.set(lostIn, [...(losses.get(lostIn) ?? []), { phone, reason, words, doing }])
  }
  return losses
}

/** Returns the part of an event that must be the same, as text; null for events about this machine, such as memory, processes and wall time. */
function comparable(event: LabEvent): string | null {
  switch (event.kind) {
    case 'phone-started':
    case 'phone-ended':
    case 'cloud-ended':
    case 'memory-sampled':
    case 'cloud-sampled':
    case 'session-resumed':
      return null
    case 'session-started': {
      const phones = event.phones.map(({ id, profile, link, rows, cap: { bytes } }) => ({ id, profile, link, rows, bytes }))
      const { scenario, labels, parameters, layers, rows, fresh } = event
      return text({ kind: event.kind, scenario, phones, labels, parameters, layers, rows, fresh })
    }
    case 'session-finished':
      return text({ ...event, wallSeconds: 0 })
    default:
      return text(event)
  }
}

/** Writes a value as text that is the same for equal values, whatever the order of their keys. */
function text(value: unknown): string {
  return toJson(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}

function differenceOf(expected: Numbered, event: LabEvent): NonNullable<Verification['difference']> {
  const [recorded, again] = [expected.event, event].map((each) => JSON.parse(comparable(each)!) as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ]
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(again)])].filter((key) => toJson(recorded[key]) !== toJson(again[key]))
  const only = (all: Record<string, unknown>): string => toJson(Object.fromEntries(keys.map((key) => [key, all[key]]))).slice(0, 500)
  return { ...about(expected), recorded: only(recorded), again: only(again) }
}

function about({ event, seq }: Numbered): { seq: number; kind: LabEvent['kind']; round: number | null } {
  return { seq, kind: event.kind, round: 'round' in event ? event.round : null }
}
