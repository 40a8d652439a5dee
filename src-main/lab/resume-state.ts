/**
 * The state that a session stores beside its events so that it can be resumed: the answers of its workers, and now and then the state of a replica.
 * To resume, the host runs the session again from the start with these answers, which takes a small part of the time they took, and arrives exactly
 * where it was: method, controller, clock and accountant need not know of it. Workers begin from the saved state and the messages since.
 */
import type { CloudProcess, SavedCloud } from '#main/fleet/cloud-process.ts'
import { Journal, type RecordedParts } from '#main/fleet/journal.ts'
import { serialiseValue, deserialiseValue } from '#main/machine/serialised-values.ts'
import type { PhoneChange, Steering } from '#main/federation/steering.ts'
import { safetensorsBytes } from '#main/models/safetensors/write.ts'
import type { ResumeParts } from '#main/store/recorder.ts'
import type { Resumption } from '#main/store/store-calls.ts'
import type { StoredReplica, JournalPart } from '#main/store/session-data.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { LabEvent } from '#shared/events/event.ts'

/**
 * The number of rounds between two saved states. A lost worker repeats the rounds after the last saved state, so more states cost more writing and less
 * repeating. Saving changes no result, so time on this machine may decide about it too.
 */
const ROUNDS_PER_STATE = 10
const SECONDS_PER_STATE = 30

export interface ResumeStateOptions {
  /** The point from which the session is resumed. @default the session is new */
  readonly from?: { readonly resumption: Resumption; readonly read: RecordedParts['read'] } | undefined
  /** The number of rounds from one saved state to the next. @default 10, or fewer if they take longer than 30 s */
  readonly stateEvery?: number | undefined
}

export class ResumeState implements ResumeParts {
  readonly journal: Journal
  readonly saved: SavedCloud | null
  /** The last recorded round. */
  readonly round: number
  private readonly tuned: Map<number, PhoneChange[]>
  private readonly earlierSeconds: number
  private readonly started = performance.now()
  private stateTaken = performance.now()
  private stateRound = 0
  private states: StoredReplica[] = []

  private readonly stateEvery: number | undefined

  constructor({ from: going, stateEvery }: ResumeStateOptions = {}) {
    const from = going?.resumption
    this.stateEvery = stateEvery
    this.journal = new Journal(going && { count: going.resumption.parts, read: going.read })
    this.saved = from?.state ? (deserialiseValue(from.state.content, 'the saved state of the session') as SavedCloud) : null
    this.round = lastRound(from?.events ?? [])
    this.tuned = changesByRound([...(from?.events ?? []), ...(from?.pending ?? [])])
    this.earlierSeconds = from?.wallSeconds ?? 0
    this.stateRound = from?.state?.round ?? 0
  }

  get wallSeconds(): number {
    return this.earlierSeconds + (performance.now() - this.started) / 1000
  }

  takeJournal(): JournalPart {
    return { answers: this.journal.take(), wallSeconds: this.wallSeconds }
  }

  takeCheckpoints(): readonly StoredReplica[] {
    return this.states.splice(0)
  }

  /** Wraps the user's steering: recorded changes come before new ones, and a state is saved now and then. */
  steering(steering: Steering, cloud: CloudProcess, layout: ParameterLayout): Steering {
    return {
      beforeRound: async (round) => {
        const again = this.tuned.get(round) ?? []
        if (round <= this.round) return again
        if (this.isTime(round - 1)) await this.saveState(round - 1, cloud, layout)
        return [...again, ...(await steering.beforeRound(round))]
      },
      interrupted: () => !this.journal.replaying && steering.interrupted(),
    }
  }

  async saveState(round: number, cloud: CloudProcess, { parameters }: ParameterLayout): Promise<void> {
    const saved = await cloud.save()
    ;[this.stateRound, this.stateTaken] = [round, performance.now()]
    if (!saved) return
    const { position, replica } = saved
    const trained = parameters.map(({ name, shape, offset, size }) => {
      return [name, { dtype: 'F32' as const, shape, data: replica.values.slice(offset, offset + size) }] as const
    })
    this.states = [
      { kind: 'state', round, position, content: serialiseValue(saved) },
      { kind: 'trained', round, position, content: safetensorsBytes(trained) },
    ]
  }

  private isTime(round: number): boolean {
    if (round <= this.stateRound) return false
    if (this.stateEvery !== undefined) return round % this.stateEvery === 0
    return round % ROUNDS_PER_STATE === 0 || performance.now() - this.stateTaken > 1000 * SECONDS_PER_STATE
  }
}

function lastRound(events: readonly LabEvent[]): number {
  const last = events.findLast(({ kind }) => kind === 'round-finished')
  return last?.kind === 'round-finished' ? last.round : 0
}

function changesByRound(events: readonly LabEvent[]): Map<number, PhoneChange[]> {
  const changes = new Map<number, PhoneChange[]>()
  for (const event of events) {
    if (event.kind !== 'phone-tuned') continue
    const { round, phone, change } = event
    changes.set(round, [...(changes.get(round) ?? []), { phone, change, told: true }])
  }
  return changes
}
