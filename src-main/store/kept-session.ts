/** What a store is given of a session and gives back, as plain data. */
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

/** What a session ran on, e.g. versions and processor. */
export type Environment = Readonly<Record<string, string | number>>

export interface NewSession {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly scenario: Scenario
  /** The profiles that the scenario names. */
  readonly profiles?: Catalogue
  /** ISO 8601, UTC; so are all times here. */
  readonly startedAt: string
  readonly environment: Environment
}

export interface SessionEnd {
  readonly state: 'finished' | 'interrupted' | 'failed'
  readonly endedAt: string
  /** Why it failed, as a sentence. */
  readonly error?: string
}

export interface SessionRow {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly startedAt: string
  readonly endedAt: string | null
  /** unfinished: it runs, or its process was ended. */
  readonly state: SessionEnd['state'] | 'unfinished'
  readonly error: string | null
  /** Finished rounds. */
  readonly rounds: number
  /** The last one measured. */
  readonly accuracy: number | null
  readonly tags: readonly string[]
  readonly notes: string
  /** Some process writes it now. */
  readonly running: boolean
  /** It ended before its time, and can go on from where it was. */
  readonly resumable: boolean
}

export interface StoredSession extends SessionRow {
  readonly scenario: Scenario
  /** null in sessions of early versions. */
  readonly profiles: Catalogue | null
  readonly environment: Environment
  /** Events there are. */
  readonly length: number
}

/** What phones and cloud answered since the part before. */
export interface JournalPart {
  readonly answers: Uint8Array
  /** The session had run for so long. */
  readonly wallSeconds: number
  /** How many of the events written along with it come before it. @default all */
  readonly after?: number
}

export interface SavedReplica {
  /** `state`: all that a replica needs to go on; `trained`: the trained parameters. */
  readonly kind: 'state' | 'trained'
  /** After this round. */
  readonly round: number
  /** Messages to all replicas before it. */
  readonly position: number
  /** safetensors */
  readonly content: Uint8Array
}

/** What a store is given at once, to keep all of it or nothing. */
export interface Written {
  /** The session begins with it. */
  readonly created?: NewSession | undefined
  readonly events: readonly LabEvent[]
  /** In order. */
  readonly journal?: readonly JournalPart[]
  readonly checkpoints?: readonly SavedReplica[]
  /** The session is over with it. */
  readonly end?: SessionEnd | undefined
}
