/** What a store can be asked from another thread, as plain data: to be read, and to be written. */
import type { SettingDifference } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { ViewAt } from './session-views.ts'
import type { StoredReplica, NewSession, SessionEnd, SessionRow, StoredSession, Written } from './session-data.ts'

/** What a session needs to be resumed, except for the answers until its last whole round (`journalPart`). */
export interface Resumption {
  readonly session: StoredSession
  /** The number of events until then. */
  readonly length: number
  /** The events until then that were computed or changed by the user (`RESUMED_FROM`). */
  readonly events: readonly LabEvent[]
  /** The user's changes after that. */
  readonly pending: readonly LabEvent[]
  /** The number of parts of its journal. */
  readonly parts: number
  /** The seconds that the session had run. */
  readonly wallSeconds: number
  readonly state: StoredReplica | null
}

export interface StoreReading {
  /** @param search words that must all be in id, name, method, state, tags or notes; empty: all sessions */
  sessions(search: string): SessionRow[]
  session(id: string): StoredSession
  /** @param seq @default after the last event */
  viewAt(id: string, seq?: number): ViewAt
  events(id: string, from: number, limit: number): LabEvent[]
  /** Returns the events in order. */
  eventsOfKinds(id: string, kinds: readonly LabEvent['kind'][]): LabEvent[]
  /** The last event of a kind that names this round. */
  eventOfRound(id: string, kind: LabEvent['kind'], round: number): LabEvent | null
  compare(ids: readonly string[]): SettingDifference[]
  checkpoint(id: string, kind: StoredReplica['kind']): StoredReplica | null
  /** Events that stay when it goes on. @throws InputError if it can't */
  resumableLength(id: string): number
  /** Returns one part of the answers, counted from 0. */
  journalPart(id: string, part: number): Uint8Array
  /** Packs a session into one file to be handed on. */
  exportSession(id: string): Uint8Array
}

export interface StoreWriting {
  createSession(session: NewSession): void
  write(session: string, written: Written): void
  finish(session: string, end: SessionEnd): void
  describe(id: string, change: { readonly tags?: readonly string[] | undefined; readonly notes?: string | undefined }): void
  remove(ids: readonly string[]): void
  /** The session belongs to this process from now on and stands where it can go on. @throws InputError if it can't */
  resume(id: string): Resumption
  /** @param where names the file in errors @param signal ends it with nothing kept @returns the id it has here */
  importSession(file: Uint8Array, where: string, signal?: AbortSignal): string
  close(): void
}

export interface StoreCalls extends StoreReading, StoreWriting {}
