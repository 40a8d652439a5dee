/** The plain data about a session that goes into a store and comes out of it. */
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

/** The versions, processor and the like that a session ran on. */
export type Environment = Readonly<Record<string, string | number>>

export interface NewSession {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly scenario: Scenario
  /** The profiles that the scenario names. */
  readonly profiles?: Catalogue
  /** The time of the start, in ISO 8601 and UTC, as all times in this file. */
  readonly startedAt: string
  readonly environment: Environment
}

export interface SessionEnd {
  readonly state: 'finished' | 'interrupted' | 'failed'
  readonly endedAt: string
  /** The reason of a failure, as a sentence. */
  readonly error?: string
}

export interface SessionRow {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly startedAt: string
  readonly endedAt: string | null
  /** The state; `unfinished` if the session runs, or its process was killed. */
  readonly state: SessionEnd['state'] | 'unfinished'
  readonly error: string | null
  /** The number of finished rounds. */
  readonly rounds: number
  /** The accuracy measured last. */
  readonly accuracy: number | null
  readonly tags: readonly string[]
  readonly notes: string
  /** True if some process writes the session now. */
  readonly running: boolean
  /** True if the session ended early and can be resumed. */
  readonly resumable: boolean
}

export interface StoredSession extends SessionRow {
  readonly scenario: Scenario
  /** The profiles that the scenario names; null in sessions of early versions. */
  readonly profiles: Catalogue | null
  readonly environment: Environment
  /** The number of events. */
  readonly length: number
}

/** A part of the journal: the answers of phones and cloud since the part before. */
export interface JournalPart {
  readonly answers: Uint8Array
  /** The seconds that the session had run. */
  readonly wallSeconds: number
  /** The number of events in the same write that come before the part. @default all */
  readonly after?: number
}

export interface StoredReplica {
  /** `state`: all that a replica needs to go on; `trained`: the trained parameters. */
  readonly kind: 'state' | 'trained'
  /** The round after which it was saved. */
  readonly round: number
  /** The number of messages to all replicas before it was saved. */
  readonly position: number
  /** The content as safetensors. */
  readonly content: Uint8Array
}

/** A write that a store keeps as a whole or not at all. */
export interface Written {
  /** Present if the session begins with this write. */
  readonly created?: NewSession | undefined
  readonly events: readonly LabEvent[]
  /** The parts of the journal, in order. */
  readonly journal?: readonly JournalPart[]
  readonly checkpoints?: readonly StoredReplica[]
  /** Present if the session ends with this write. */
  readonly end?: SessionEnd | undefined
}
