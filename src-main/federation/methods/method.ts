/** The interface of a federated method: it plans what a round asks of cloud and phones, and aggregates the answers. It is pure logic. */
import type { Curvature } from '#main/wire/derivatives.ts'
import type { Direction, Term } from '#main/wire/direction.ts'
import { basisAsked, directionCounts, own } from '#main/wire/direction-request.ts'
import type { Anchor } from '#main/wire/update-frame.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { Trust } from '#shared/events/trust.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { LocalSteps, TrainRequest } from '#main/workers/protocol/train-request.ts'

/** The requests of a round. */
export interface RoundPlan extends Pick<ProbeRequest, 'directions' | 'curvature' | 'review' | 'local'> {
  /** The cloud computes and sends new directions. */
  readonly guidance: boolean
  /** Phones backpropagate in place of probing. */
  readonly train?: Omit<TrainRequest, 'round'>
}

/** Returns the plan of a round in which each phone probes random directions of its own and nothing else. */
export function randomRound(random: number): RoundPlan {
  return { guidance: false, directions: [own(random)] }
}

/** Summarises a plan in a few numbers, for the events. */
export function planInNumbers({ guidance, directions }: RoundPlan): Extract<LabEvent, { kind: 'round-started' }>['plan'] {
  const { counted, alone } = directionCounts(directions)
  return { guidance, guided: basisAsked(directions) !== null, random: alone, shared: counted - alone }
}

/** A directional derivative of a phone's private loss on its batch. */
export interface Derivative {
  readonly value: number
  /** The variance that the choice of the batch's rows gives `value`: s^2 over the rows, divided by their number. */
  readonly variance: number
}

/** A phone's measurement along one direction. The variance is NaN where the phone alone probed it, or moved meanwhile. */
export interface ProbedDirection extends Derivative {
  readonly direction: Direction
}

/** The measurements of one phone. */
export interface PhoneScalars {
  readonly phone: number
  /** The number of phones that these measurements stand for. @default 1 */
  readonly phones?: number
  /** The phone's share of the private rows of all phones that answered; the shares add up to 1. */
  readonly weight: number
  /** The phone's share of the private rows of all phones of the fleet. @default 1 */
  readonly share?: number
  /** The number of rows that were measured on. */
  readonly rows: number
  /** The measurements in the order in which directions were asked for. */
  readonly estimates: readonly ProbedDirection[]
  /** The curvature between the guided and the shared directions, where the round asked for it. */
  readonly curvature?: Curvature
  /** The decrease of the loss of this round's rows since the anchor, where the round asked for it. */
  readonly review?: Derivative
  /** The change [d] that backpropagation made, decoded from what was sent. */
  readonly difference?: Float32Array
}

/** The update that every replica applies: ghat is the sum of its terms. */
export interface Aggregate {
  readonly terms: readonly Term[]
  /** @default moves */
  readonly anchor?: Anchor
  /** A direction [d] that every replica takes into its pool before the update, and the bits per value that code it. */
  readonly direction?: { readonly values: Float32Array; readonly bits: number }
}

/** The method's choice between sources and its reasons, for the window; all numbers are measured in this run. */
export interface StepSummary {
  readonly source: 'guided' | 'random' | 'hybrid' | 'backprop'
  /** The expected decrease of the loss per forward pass, up to a factor for the step length; null before it was measured. */
  readonly guidedEnergy: number | null
  readonly randomEnergy: number | null
  /** The share of a measured step along guided or random directions that is signal, and therefore taken: 0 to 1; null before it was known. */
  readonly guidedWeight: number | null
  readonly randomWeight: number | null
  /** The trust region, for methods that have one. */
  readonly trust?: Trust
}

/** The summary of a method that measures no energies. */
export function unmeasured(source: StepSummary['source']): StepSummary {
  return { source, guidedEnergy: null, randomEnergy: null, guidedWeight: null, randomWeight: null }
}

export interface Method {
  plan(round: number): RoundPlan
  /**
   * Returns the plan that replaces a round with guidance where the links are too slow for it; null where the method has no such round.
   * @default null
   */
  withoutGuidance?(): RoundPlan | null
  /** Returns the directions that each phone is to probe in addition, before all measurements are aggregated. @default none */
  further?(reports: readonly PhoneScalars[]): RoundPlan['directions']
  /**
   * @param reports the reports of the phones that answered, ordered by index; at least one
   * @param parameters d
   */
  aggregate(round: number, reports: readonly PhoneScalars[], parameters: number): { aggregate: Aggregate; summary: StepSummary }
}

/** The options of methods whose phones take local steps. */
export interface LocalOptions {
  readonly localSteps: number
  /** The step size by round. */
  readonly localRate: (round: number) => number
}

export function localSteps({ localSteps: steps, localRate }: LocalOptions, round: number): LocalSteps {
  return { steps, learningRate: localRate(round) }
}
