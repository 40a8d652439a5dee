/** The view of a session, which is the result of folding its events (`projection.ts`). It is plain data and never changed. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { SessionData } from './data-report.ts'
import type { BitsReason, LinkEstimate } from './bits-choice.ts'
import type { LabEvent } from './event.ts'
import type { PhoneDescription } from './fleet-description.ts'
import type { SkipReason, StoppedBy } from './reasons.ts'
import type { Trust } from './trust.ts'
import type { TimelineMarker } from './timeline-markers.ts'

/** A sample of memory over virtual time. In long sessions it stands for several measurements and has the largest of their sizes. */
export interface MemorySample {
  readonly seconds: number
  readonly residentBytes: number
  readonly peakBytes: number
  /** The number of measurements that the sample stands for. */
  readonly measurements: number
}

export interface PhoneView extends PhoneDescription {
  readonly state: 'waiting' | 'running' | 'down' | 'out'
  /** The resident size of the worker before it loaded the model. */
  readonly idleBytes: number
  readonly residentBytes: number
  readonly peakBytes: number
  readonly memory: readonly MemorySample[]
  readonly forwardPasses: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly capHits: number
  readonly restarts: number
  /** How the phone's process last ended, in words, with what it was doing. */
  readonly lastEnd: string | null
  /** The heat from 0 (cold) to 1 (hot) at the end of the phone's last round. */
  readonly heat: number
  /** The energy spent on computing. */
  readonly energyJoules: number
  /** The share of a full battery that is left; null for a device on mains, or if not known yet. */
  readonly batteryShare: number | null
  /** All numbers of the phone that the user changed while the session ran. */
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
  /** The energy that the fleet spent on computing; absent where it isn't known. */
  readonly energyJoules?: number
}

type Plan = Extract<LabEvent, { kind: 'round-started' }>['plan']

/** One round. Fields that aren't known yet, or that the method doesn't measure, are null. */
export interface RoundView {
  readonly round: number
  readonly plan: Plan
  /** The mean private loss of the phones that reported. */
  readonly privateLoss: number | null
  readonly reports: number
  /** The number of phones that were asked; absent in views that an earlier version stored. */
  readonly asked?: number
  /** The source of the update; `taken-back` if the update returned to the anchor. */
  readonly source: string | null
  readonly guidedEnergy: number | null
  readonly randomEnergy: number | null
  readonly guidedWeight: number | null
  readonly randomWeight: number | null
  /** The trust region, for methods that have one; null before the update. */
  readonly trust: Trust | null
  readonly learningRate: number | null
  readonly bits: readonly number[]
  readonly layerBytes: readonly number[]
  /** The reasons for the bits, in the newest DETAILED_ROUNDS rounds; those of an earlier round are in its `bits-chosen` event. */
  readonly reasons: readonly BitsReason[] | null
  readonly links: readonly LinkEstimate[] | null
  readonly digest: string | null
  readonly startSeconds: number | null
  readonly endSeconds: number | null
  readonly overlapRatio: number | null
  readonly exposedSeconds: number | null
  readonly hiddenSeconds: number | null
}

/** The number of newest rounds whose bits are explained in the view. */
export const DETAILED_ROUNDS = 250

export interface SessionView {
  /** The number of events folded into the view. */
  readonly seq: number
  readonly session: string
  readonly name: string
  readonly method: string
  readonly seed: number
  /** The scenario; null before the session has started, and only then. */
  readonly scenario: Scenario | null
  readonly labels: readonly string[]
  readonly plannedRounds: number
  readonly targetAccuracy: number | null
  /** d */
  readonly parameters: number
  readonly layers: number
  readonly rows: { readonly train: number; readonly public: number; readonly test: number }
  /** The decisions about columns, classes and rows; absent in sessions of early versions. */
  readonly data?: SessionData
  /** The names of weights that were drawn from the seed because the checkpoint lacks them. */
  readonly fresh: readonly string[]
  /** The round in progress or finished last. */
  readonly round: number
  readonly virtualSeconds: number
  /** The number of processes in which phones take turns; absent if each phone has its own. */
  readonly processes?: number
  readonly phones: readonly PhoneView[]
  /** The cloud; null before it was measured. */
  readonly cloud: CloudView | null
  readonly rounds: readonly RoundView[]
  readonly history: readonly Measurement[]
  readonly markers: readonly TimelineMarker[]
  readonly target: Measurement | null
  /** The number of answers that did not count, by reason. */
  readonly skipped: { readonly [reason in SkipReason]?: number }
  /** The differential privacy spent so far; null if the scenario asks for none. */
  readonly privacy: { readonly epsilon: number; readonly delta: number } | null
  /** The number of times that the session was resumed. */
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
