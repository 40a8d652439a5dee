/** The parts of a run: phones and cloud behind small interfaces, a clock, a method, and a listener for events. */
import type { LabEvent } from '#shared/events/event.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { CompressionController } from '#main/network/controller/decision.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { CloudCommands, Restoring } from '#main/workers/protocol/commands.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { TrainRequest } from '#main/workers/protocol/train-request.ts'
import type { Availability } from './field/availability.ts'
import type { Method } from './methods/method.ts'
import type { RoundClock } from './round-clock.ts'
import type { Steering } from './steering.ts'

/** The phones as a run sees them. Every call goes to all that are up and selected; one that fails is down until it is back. */
export interface Phones {
  /** Brings back phones that are down. @returns the indices of the phones that are up */
  startAvailable(round: number): Promise<number[]>
  /**
   * Selects the phones that take part from now on, after they get what they missed.
   * @returns for each phone that is up, by index, the bytes it got for that, and the digest of its parameters, null where it isn't known
   */
  select(phones: readonly number[]): Promise<Map<number, { readonly bytes: number; readonly digest: string | null }>>
  /** Returns the digest of the parameters of each phone that is up, by index, as the phone last reported it; null where it isn't known. */
  digests(): ReadonlyMap<number, string | null>
  broadcast(kind: 'direction', bytes: Uint8Array): Promise<void>
  /** Returns the answers of the phones that didn't fail, by index. @param most the number of probes of each phone that makes fewer than asked for */
  probe(request: ProbeRequest, most?: ReadonlyMap<number, number>): Promise<Map<number, ProbeReport>>
  /** Asks like `probe`, for backpropagation. */
  train(request: TrainRequest): Promise<Map<number, ProbeReport>>
  /** Has the phones apply an update. @returns the digests of the phones that are up, by index */
  update(bytes: Uint8Array): Promise<Map<number, string>>
  maskKeys(): Promise<Map<number, Uint8Array>>
  /** Returns the mask-keys frame of each phone, by index. */
  revealMasks(lost: readonly number[]): Promise<Map<number, Uint8Array>>
  /** Declares a phone lost whose answer was invalid. @param words a clause that follows its name */
  refuse(phone: number, words: string): Promise<void>
  sampleMemory(): void
}

export type Cloud = {
  [K in keyof Omit<CloudCommands, 'open' | 'save' | 'restoreResiduals' | keyof Restoring>]: (
    ...args: Parameters<CloudCommands[K]>
  ) => Promise<Awaited<ReturnType<CloudCommands[K]>>>
}

export interface RunParts {
  readonly scenario: Scenario
  /** The method; null if the cloud trains alone. */
  readonly method: Method | null
  readonly phones: Phones
  readonly cloud: Cloud
  readonly clock: RoundClock
  readonly controller: CompressionController
  readonly layout: ParameterLayout
  /** The number of directions in a guided round, as far as known before the first one. @default 1 */
  readonly directionsPerRound?: number
  /** The number of private rows of every phone. */
  readonly privateRows: readonly number[]
  /** The times at which phones can be asked. @default always */
  readonly availability?: Availability
  readonly emit: (event: LabEvent) => void
  readonly steering: Steering
}

/** Thrown if a replica's parameters differ from the others': nothing computed afterwards could be trusted. */
export class ReplicaDiverged extends Error {}

/** @throws ReplicaDiverged unless all digests are `digest` */
export function checkReplicas(round: number, digest: string, digests: Iterable<readonly [phone: number, digest: string | null]>): void {
  for (const [phone, theirs] of digests) {
    if (theirs !== null && theirs !== digest) {
      throw new ReplicaDiverged(`round ${round}: phone ${phone} has parameters ${theirs}, the cloud has ${digest}`)
    }
  }
}
