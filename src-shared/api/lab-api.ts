/**
 * What a window may ask of the lab, and what the lab tells it unasked. Electron and web speak it over one channel alike; every value
 * crosses as structured data. A call that fails rejects with an Error whose message is one line for people.
 */
import type { SessionData } from '#shared/events/data-report.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { SessionView } from '#shared/events/projection.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { Issue } from '#shared/scenario/issues.ts'
import type { Scenario, ScenarioInput } from '#shared/scenario/scenario.ts'

export interface LabDescription {
  readonly version: string
  readonly shell: 'electron' | 'web'
  /** How caps are enforced here, and why not more strongly. */
  readonly cap: { readonly mechanism: string; readonly enforced: boolean; readonly words: string }
  /** Processor, cores and the like, in words. */
  readonly environment: Readonly<Record<string, string | number>>
  readonly catalogue: Catalogue
  readonly scenarios: readonly ShippedScenario[]
  /** Where sessions are kept, for people. */
  readonly storePath: string
  /** What there is to warn of by now, one sentence each, e.g. that a damaged store was set aside. */
  readonly warnings: readonly string[]
}

export interface ShippedScenario {
  readonly id: string
  readonly name: string
  readonly summary: string
  readonly input: ScenarioInput
  /** Why it can't run here, e.g. that its data is not on this machine; null: it can. */
  readonly missing: string | null
}

/** What is known of a scenario before it starts. */
export interface ScenarioCheck {
  /** Empty: it can start. */
  readonly issues: readonly Issue[]
  /** With its defaults; null where its own keys are wrong. */
  readonly scenario: Scenario | null
  readonly phones: readonly PhonePrediction[]
  /** d, and rows; null while there are issues. */
  readonly size: { readonly parameters: number; readonly layers: number; readonly rows: number } | null
  /** What is made of the data: columns, classes, rows left out. Cut rows are counted among some of many. Null while there are issues. */
  readonly data: SessionData | null
  /** All processes together against this machine; null while there are issues. */
  readonly machine: MachineForecast | null
}

export interface MachineForecast {
  /** Of all processes of the session, bytes. */
  readonly neededBytes: number
  readonly availableBytes: number
  /** All there is, swap included. */
  readonly mostBytes: number
  readonly cores: number
  /** `tight`: more than is free now; `fails`: more than there is, so that it is refused. */
  readonly verdict: 'fits' | 'tight' | 'fails'
  /** A clause. */
  readonly words: string
  /** What to change, or what to expect; null: nothing. */
  readonly advice: string | null
}

export interface PhonePrediction {
  readonly id: string
  readonly profile: string
  readonly link: string
  readonly capBytes: number
  /** Computed from the graphs and the measured idle worker. */
  readonly predictedBytes: number
  /** What backpropagation with AdamW would take on the same batch, computed. */
  readonly backpropBytes: number
}

/** Of a session that this lab runs now. `ending`: its last event has come, its processes are being ended. */
export type RunState = 'starting' | 'running' | 'pausing' | 'paused' | 'stopping' | 'ending' | 'finished' | 'failed'

export interface RunStatus {
  readonly session: string
  readonly state: RunState
  /** Why it failed. */
  readonly error: string | null
}

export interface SessionSummary {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly endedAt: string | null
  readonly state: 'unfinished' | 'finished' | 'interrupted' | 'failed'
  readonly error: string | null
  readonly rounds: number
  readonly accuracy: number | null
  readonly tags: readonly string[]
  readonly notes: string
  /** It can go on from its last checkpoint. */
  readonly resumable: boolean
}

/** A session as it was after so many of its events. */
export interface SessionMoment {
  readonly view: SessionView
  /** Events folded into the view. */
  readonly seq: number
  /** Events there are. */
  readonly length: number
}

/** For the scrub bar: where rounds begin and what happened. */
export interface SessionMark {
  readonly seq: number
  readonly round: number
  readonly virtualSeconds: number
  readonly kind: 'round' | 'cap-hit' | 'crash' | 'tuned' | 'target' | 'resumed' | 'finished'
  /** One line; empty for a round. */
  readonly words: string
}

/** One setting in which compared sessions differ, e.g. `method.kind`. */
export interface SettingDifference {
  readonly path: string
  /** In the order of the sessions asked for, as text; null: not there. */
  readonly values: readonly (string | null)[]
}

export interface LabCalls {
  describe(): Promise<LabDescription>
  /** @param input as in a scenario file; paths absolute or relative to the lab's working directory */
  check(input: unknown): Promise<ScenarioCheck>
  start(input: unknown): Promise<RunStatus>
  /** Goes on with an unfinished or interrupted session. */
  resume(session: string): Promise<RunStatus>
  /** After the round in progress. */
  pause(session: string): Promise<RunStatus>
  proceed(session: string): Promise<RunStatus>
  /** One round, then a pause. */
  step(session: string): Promise<RunStatus>
  /** After the round in progress; what was computed is kept. */
  stop(session: string): Promise<RunStatus>
  /** Numbers of phones and their links, from the next round on. */
  tune(session: string, phones: readonly number[], change: PhoneOverrides): Promise<void>
  /** Sessions that run now. */
  running(): Promise<readonly RunStatus[]>
  sessions(search: string): Promise<readonly SessionSummary[]>
  /** @param seq @default after the last event */
  open(session: string, seq?: number): Promise<SessionMoment>
  events(session: string, from: number, limit: number): Promise<readonly LabEvent[]>
  marks(session: string): Promise<readonly SessionMark[]>
  /** The schedule of one round, also of a round that other policies would have scheduled; null: none. */
  schedule(session: string, round: number, policy?: string): Promise<Extract<LabEvent, { kind: 'round-scheduled' }> | null>
  describeSession(session: string, change: { readonly tags?: readonly string[]; readonly notes?: string }): Promise<void>
  remove(sessions: readonly string[]): Promise<void>
  compare(sessions: readonly string[]): Promise<readonly SettingDifference[]>
  /** The bytes of a .cooperlab file. */
  exportSession(session: string): Promise<Uint8Array>
  /** @returns the id of the imported session */
  importSession(file: Uint8Array): Promise<string>
  /** How much of the import under way is done, from 0 to 1; null without one. */
  importing(): Promise<number | null>
  /** Ends it with nothing kept: the call that began it fails. */
  cancelImport(): Promise<void>
}

export interface PhoneDoing {
  readonly phone: number
  readonly words: string
}

/** What the lab tells every window. */
export interface LabNotices {
  /** Events `from`, `from + 1`, … of a session that runs. */
  events(session: string, from: number, events: readonly LabEvent[]): void
  status(status: RunStatus): void
  /** What phones of a session that runs do from now on, in words that follow "while"; only those that began something new. */
  doing(session: string, phones: readonly PhoneDoing[]): void
  /** The list of sessions has changed. */
  sessionsChanged(): void
  /** One sentence about what the user has to know and nobody asked for, e.g. of a store that was set aside. */
  warn(words: string): void
}
