/**
 * The contract of window and lab: the calls that a window may make, and the notices that the lab sends unasked. Electron and web speak it over one
 * channel alike; every value crosses as structured data. A call that fails rejects with an Error whose message is one line for people.
 */
import type { SessionData } from '#shared/events/data-report.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { SessionView } from '#shared/events/projection.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { Issue } from '#shared/scenario/issues.ts'
import type { CancelSignal } from '#shared/rpc/signal.ts'
import type { Scenario, ScenarioInput } from '#shared/scenario/scenario.ts'

export interface LabDescription {
  readonly version: string
  readonly shell: 'electron' | 'web'
  /** How memory caps are enforced on this machine, and why not more strongly. */
  readonly cap: { readonly mechanism: string; readonly enforced: boolean; readonly words: string }
  /** The processor, cores and so on of this machine, in words. */
  readonly environment: Readonly<Record<string, string | number>>
  readonly catalogue: Catalogue
  readonly scenarios: readonly ShippedScenario[]
  /** The place where sessions are stored, for people. */
  readonly storePath: string
  /** Warnings so far, one sentence each, e.g. that a damaged store was set aside. */
  readonly warnings: readonly string[]
}

export interface ShippedScenario {
  readonly id: string
  readonly name: string
  readonly summary: string
  readonly input: ScenarioInput
  /** The reason why it can't run here, e.g. that its data is not on this machine; null if it can. */
  readonly missing: string | null
}

/** A forecast of a scenario before it starts. */
export interface ScenarioCheck {
  /** The problems found; the scenario can start if there are none. */
  readonly issues: readonly Issue[]
  /** The scenario with its defaults; null where its own keys are wrong. */
  readonly scenario: Scenario | null
  readonly phones: readonly PhonePrediction[]
  /** The number of trained parameters d, of layers and of rows; null while there are issues. */
  readonly size: { readonly parameters: number; readonly layers: number; readonly rows: number } | null
  /**
   * The result of reading the data: columns, classes, rows left out. Cut rows are counted on a sample of a large table. Null while there are issues.
   */
  readonly data: SessionData | null
  /** The memory of all processes together against this machine's; null while there are issues. */
  readonly machine: MachineForecast | null
}

export interface MachineForecast {
  /** The bytes that all processes of the session need together. */
  readonly neededBytes: number
  readonly availableBytes: number
  /** All memory of the machine, swap included. */
  readonly mostBytes: number
  readonly cores: number
  /** The number of processes that play the phones; 0 where the cloud trains alone. */
  readonly processes: number
  /** `tight`: more is needed than is free now; `fails`: more than there is, so that the session is refused. */
  readonly verdict: 'fits' | 'tight' | 'fails'
  /** The verdict as a clause. */
  readonly words: string
  /** Advice on what to change or what to expect; null if there is none. */
  readonly advice: string | null
}

export interface PhonePrediction {
  readonly id: string
  readonly profile: string
  readonly link: string
  readonly capBytes: number
  /** The bytes computed from the graphs and the measured idle worker. */
  readonly predictedBytes: number
  /** The computed bytes that backpropagation with AdamW would take on the same batch. */
  readonly backpropBytes: number
}

/** The state of a session that this lab runs now. `ending`: its last event has come, its processes are being ended. */
export type RunState = 'starting' | 'running' | 'pausing' | 'paused' | 'stopping' | 'ending' | 'finished' | 'failed'

export interface RunStatus {
  readonly session: string
  readonly state: RunState
  /** The reason for which it failed. */
  readonly error: string | null
}

export interface SessionSummary {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  /** ISO 8601 in UTC. */
  readonly startedAt: string
  readonly endedAt: string | null
  readonly state: 'unfinished' | 'finished' | 'interrupted' | 'failed'
  readonly error: string | null
  readonly rounds: number
  readonly accuracy: number | null
  readonly tags: readonly string[]
  readonly notes: string
  /** True if the session can be resumed. */
  readonly resumable: boolean
}

/** The state of a session after its first `view.seq` events. */
interface SessionMoment {
  readonly view: SessionView
  /** The number of events the session has. */
  readonly length: number
}

/** One setting in which compared sessions differ, e.g. `method.kind`. */
export interface SettingDifference {
  readonly path: string
  /** The values as text, in the order of the sessions asked for; null where a session lacks the setting. */
  readonly values: readonly (string | null)[]
}

export interface LabCalls {
  describe(): Promise<LabDescription>
  /** @param input a scenario as in a file, its paths absolute or relative to the lab's working directory */
  check(input: unknown): Promise<ScenarioCheck>
  start(input: unknown): Promise<RunStatus>
  /** Resumes an unfinished or interrupted session. */
  resume(session: string): Promise<RunStatus>
  /** Pauses after the round in progress. */
  pause(session: string): Promise<RunStatus>
  proceed(session: string): Promise<RunStatus>
  /** Runs one round, then pauses. */
  step(session: string): Promise<RunStatus>
  /** Stops after the round in progress; the rounds so far stay stored. */
  stop(session: string): Promise<RunStatus>
  /** Changes numbers of phones and their links from the next round on. */
  tune(session: string, phones: readonly number[], change: PhoneOverrides): Promise<void>
  /** Returns the sessions that run now. */
  running(): Promise<readonly RunStatus[]>
  sessions(search: string): Promise<readonly SessionSummary[]>
  /** @param seq @default after the last event */
  open(session: string, seq?: number): Promise<SessionMoment>
  events(session: string, from: number, limit: number): Promise<readonly LabEvent[]>
  /** Returns the schedule of one round, also under a policy that the session didn't use; null if there is none. */
  schedule(session: string, round: number, policy?: string): Promise<Extract<LabEvent, { kind: 'round-scheduled' }> | null>
  describeSession(session: string, change: { readonly tags?: readonly string[]; readonly notes?: string }): Promise<void>
  remove(sessions: readonly string[]): Promise<void>
  compare(sessions: readonly string[]): Promise<readonly SettingDifference[]>
  /** Returns the bytes of a .cooperlab file. */
  exportSession(session: string): Promise<Uint8Array>
  /** @param signal cancels the import, which then stores nothing @returns the id of the imported session */
  importSession(file: Uint8Array, signal?: CancelSignal): Promise<string>
  /** Returns the share of the running import that is done, from 0 to 1; null if none runs. */
  importing(): Promise<number | null>
}

export interface PhoneDoing {
  readonly phone: number
  readonly words: string
}

/** The notices that the lab sends to every window. */
export interface LabNotices {
  /** Delivers events `from`, `from + 1`, … of a running session. */
  events(session: string, from: number, events: readonly LabEvent[]): void
  status(status: RunStatus): void
  /** Tells what phones of a running session have just begun to do, in words that follow "while"; only phones that began something new are listed. */
  doing(session: string, phones: readonly PhoneDoing[]): void
  /** Tells that the list of sessions has changed. */
  sessionsChanged(): void
  /** Tells one sentence that the user has to know without having asked, e.g. that a store was set aside. */
  warn(words: string): void
}
