/** The calls that another thread may make of a store, with plain data: those that read, and those that write. */
import type { SettingDifference } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { ViewAt } from './session-views.ts'
import type { StoredReplica, NewSession, SessionEnd, SessionRow, StoredSession, Written } from './session-data.ts'

/** All that a session needs to be resumed after its last whole round, except for the recorded answers (`journalPart`). */
export interface Resumption {
  readonly session: StoredSession
  /** The number of events up to that round. */
  readonly length: number
  /** The events up to that round of the kinds that resuming needs (`RESUMED_FROM`). */
  readonly events: readonly LabEvent[]
  /** The user's changes after that round. */
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
  /** Returns the last event of a kind that names this round; null if there is none. */
  eventOfRound(id: string, kind: LabEvent['kind'], round: number): LabEvent | null
  compare(ids: readonly string[]): SettingDifference[]
  checkpoint(id: string, kind: StoredReplica['kind']): StoredReplica | null
  /** Returns the number of events that stay when the session is resumed. @throws InputError if it can't be resumed */
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
  /** Makes this process the session's writer and cuts the session to where it can be resumed. @throws InputError if it can't be resumed */
  resume(id: string): Resumption
  /** @param where names the file in errors @param signal ends the import without storing anything @returns the session's id in this store */
  importSession(file: Uint8Array, where: string, signal?: AbortSignal): string
  close(): void
}

export interface StoreCalls extends StoreReading, StoreWriting {}
