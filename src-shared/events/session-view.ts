/** What is shown of a session at one moment: the result of folding its events (`projection.ts`). Plain data, never changed. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { SessionData } from './data-report.ts'
import type { BitsReason, LinkEstimate } from './bits-choice.ts'
import type { LabEvent } from './event.ts'
import type { PhoneDescription } from './fleet-description.ts'
import type { SkipReason, StoppedBy } from './reasons.ts'
import type { Trust } from './trust.ts'
import type { TimelineMarker } from './timeline-markers.ts'

/** Memory over virtual time; of a long session several measurements in one, with the largest of their sizes. */
export interface MemorySample {
  readonly seconds: number
  readonly residentBytes: number
  readonly peakBytes: number
  /** How many measurements it stands for. */
  readonly measurements: number
}

export interface PhoneView extends PhoneDescription {
  readonly state: 'waiting' | 'running' | 'down' | 'out'
  /** Resident size of the worker before it loaded the model. */
  readonly idleBytes: number
  readonly residentBytes: number
  readonly peakBytes: number
  readonly memory: readonly MemorySample[]
  readonly forwardPasses: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly capHits: number
  readonly restarts: number
  /** How it last ended, in words, with what it was doing. */
  readonly lastEnd: string | null
  /** From 0 (cold) to 1 (hot), at the end of its last round. */
  readonly heat: number
  /** Spent on computing. */
  readonly energyJoules: number
  /** Left of a full battery; null: on mains, or not known yet. */
  readonly batteryShare: number | null
  /** What the user changed of it while the session ran, all changes together. */
  readonly numbers: PhoneOverrides
}

interface CloudView {
  readonly residentBytes: number
  readonly peakBytes: number
  readonly memory: readonly MemorySample[]
}

export interface Measurement {
  readonly round: number
  readonly virtualSeconds: number
  readonly accuracy: number
  readonly loss: number
  /** Totals over the fleet, up to and including this round. */
  readonly forwardPasses: number
  readonly bytesDown: number
  readonly bytesUp: number
  /** Spent by the fleet on computing; absent where it isn't known. */
  readonly energyJoules?: number
}

type Plan = Extract<LabEvent, { kind: 'round-started' }>['plan']

/** What isn't known yet, or not measured by this method, is null. */
export interface RoundView {
  readonly round: number
  readonly plan: Plan
  /** Mean private loss of the phones that reported. */
  readonly privateLoss: number | null
  readonly reports: number
  /** What the update was made from; `taken-back` where it undid the one before it. */
  readonly source: string | null
  readonly guidedEnergy: number | null
  readonly randomEnergy: number | null
  readonly guidedWeight: number | null
  readonly randomWeight: number | null
  /** Of methods with a trust region; null before the update. */
  readonly trust: Trust | null
  readonly learningRate: number | null
  readonly bits: readonly number[]
  readonly layerBytes: readonly number[]
  /** Of the newest DETAILED_ROUNDS rounds; those of an earlier one are in its `bits-chosen` event. */
  readonly reasons: readonly BitsReason[] | null
  readonly links: readonly LinkEstimate[] | null
  readonly digest: string | null
  readonly startSeconds: number | null
  readonly endSeconds: number | null
  readonly overlapRatio: number | null
  readonly exposedSeconds: number | null
  readonly hiddenSeconds: number | null
}

/** Rounds whose bits are explained in the view. */
export const DETAILED_ROUNDS = 250

export interface SessionView {
  /** Events folded into it. */
  readonly seq: number
  readonly session: string
  readonly name: string
  readonly method: string
  readonly seed: number
  /** null before the session has started, and only then. */
  readonly scenario: Scenario | null
  readonly labels: readonly string[]
  readonly plannedRounds: number
  readonly targetAccuracy: number | null
  /** d */
  readonly parameters: number
  readonly layers: number
  readonly rows: { readonly train: number; readonly public: number; readonly test: number }
  /** What was decided about columns, classes and rows; absent in sessions of versions that didn't tell. */
  readonly data?: SessionData
  /** Weights that were drawn from the seed because the checkpoint lacks them. */
  readonly fresh: readonly string[]
  /** The round in progress or finished last. */
  readonly round: number
  readonly virtualSeconds: number
  readonly phones: readonly PhoneView[]
  /** null before it was measured. */
  readonly cloud: CloudView | null
  readonly rounds: readonly RoundView[]
  readonly history: readonly Measurement[]
  readonly markers: readonly TimelineMarker[]
  readonly target: Measurement | null
  /** Answers that did not count, by why. */
  readonly skipped: { readonly [reason in SkipReason]?: number }
  /** Differential privacy spent so far; null where none was asked for. */
  readonly privacy: { readonly epsilon: number; readonly delta: number } | null
  /** How often it went on after it had broken off. */
  readonly resumes: number
  readonly finished: { readonly stoppedBy: StoppedBy; readonly digest: string; readonly wallSeconds: number } | null
}

export const EMPTY_VIEW: SessionView = {
  seq: 0,
  session: '',
  name: '',
  method: '',
  seed: 0,
  scenario: null,
  labels: [],
  plannedRounds: 0,
  targetAccuracy: null,
  parameters: 0,
  layers: 0,
  rows: { train: 0, public: 0, test: 0 },
  fresh: [],
  round: 0,
  virtualSeconds: 0,
  phones: [],
  cloud: null,
  rounds: [],
  history: [],
  markers: [],
  target: null,
  skipped: {},
  privacy: null,
  resumes: 0,
  finished: null,
}

export function total(phones: readonly PhoneView[], quantity: 'forwardPasses' | 'bytesUp' | 'bytesDown' | 'energyJoules'): number {
  return phones.reduce((sum, phone) => sum + phone[quantity], 0)
}
