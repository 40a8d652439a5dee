/** Folds events into what is shown. Live view, replay, report and export all use this fold, so they can't disagree. */
import type { LabEvent, PhoneDescription, SkipReason, StoppedBy } from './event.ts'

export interface PhoneView extends PhoneDescription {
  readonly state: 'waiting' | 'running' | 'down' | 'out'
  /** Resident size of the worker before it loaded the model. */
  readonly idleBytes: number
  readonly residentBytes: number
  readonly peakBytes: number
  readonly forwardPasses: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly capHits: number
  readonly restarts: number
  /** How it last ended, in words, with what it was doing. */
  readonly lastEnd: string | null
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
}

export interface RoundView {
  readonly round: number
  /** Mean private loss of the phones that reported. */
  readonly privateLoss: number | null
  readonly reports: number
  readonly source: string | null
  readonly guidedEnergy: number | null
  readonly randomEnergy: number | null
  readonly bits: readonly number[]
  readonly digest: string | null
}

export interface SessionView {
  readonly session: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly plannedRounds: number
  readonly targetAccuracy: number | null
  readonly parameters: number
  /** The round in progress or finished last. */
  readonly round: number
  readonly virtualSeconds: number
  readonly phones: readonly PhoneView[]
  readonly rounds: readonly RoundView[]
  readonly history: readonly Measurement[]
  readonly target: Measurement | null
  /** Answers that did not count, by why. */
  readonly skipped: { readonly [reason in SkipReason]?: number }
  /** Differential privacy spent so far; null where none was asked for. */
  readonly privacy: { readonly epsilon: number; readonly delta: number } | null
  readonly finished: { readonly stoppedBy: StoppedBy; readonly digest: string; readonly wallSeconds: number } | null
}

export const EMPTY_VIEW: SessionView = {
  session: '',
  name: '',
  method: '',
  seed: 0,
  plannedRounds: 0,
  targetAccuracy: null,
  parameters: 0,
  round: 0,
  virtualSeconds: 0,
  phones: [],
  rounds: [],
  history: [],
  target: null,
  skipped: {},
  privacy: null,
  finished: null,
}

/** The view after one more event. Pure: earlier views stay valid. */
export function project(view: SessionView, event: LabEvent): SessionView {
  switch (event.kind) {
    case 'session-started': {
      const { scenario, session, parameters } = event
      return {
        ...EMPTY_VIEW,
        session,
        name: scenario.name,
        method: scenario.method.kind,
        seed: scenario.seed,
        plannedRounds: scenario.stop.rounds,
        targetAccuracy: scenario.stop.targetAccuracy ?? null,
        parameters,
        phones: event.phones.map((phone) => ({ ...phone, ...NEW_PHONE })),
      }
    }
    case 'phone-started':
      return withPhone(view, event.phone, ({ bytesDown }) => ({
        state: 'running',
        idleBytes: event.idleBytes,
        restarts: event.restarts,
        bytesDown: bytesDown + event.bytesDown,
      }))
    case 'phone-ended':
      return withPhone(view, event.phone, ({ capHits }) => ({
        state: event.final ? 'out' : 'down',
        residentBytes: 0,
        capHits: capHits + (event.reason === 'cap-hit' ? 1 : 0),
        lastEnd: `${event.words} while ${event.doing}`,
      }))
    case 'phone-tuned':
      return view
    case 'memory-sampled':
      return withPhone(view, event.phone, ({ peakBytes }) => ({
        residentBytes: event.residentBytes,
        peakBytes: Math.max(peakBytes, event.peakBytes),
      }))
    case 'round-started':
      return { ...view, round: event.round, rounds: [...view.rounds, { ...NEW_ROUND, round: event.round }] }
    case 'bits-chosen':
      return withRound(view, { bits: event.bits })
    case 'phone-reported': {
      const { privateLoss, reports } = view.rounds.at(-1)!
      const { loss, phone, forwardPasses, bytesUp, bytesDown } = event
      const counted = withPhone(view, phone, (p) => ({
        forwardPasses: p.forwardPasses + forwardPasses,
        bytesUp: p.bytesUp + bytesUp,
        bytesDown: p.bytesDown + bytesDown,
      }))
      return withRound(counted, {
        privateLoss: loss === null ? privateLoss : ((privateLoss ?? 0) * reports + loss) / (reports + 1),
        reports: reports + 1,
      })
    }
    case 'phone-skipped': {
      const { reason, phone, forwardPasses, bytesUp, bytesDown } = event
      const counted = withPhone(view, phone, (p) => ({
        forwardPasses: p.forwardPasses + forwardPasses,
        bytesUp: p.bytesUp + bytesUp,
        bytesDown: p.bytesDown + bytesDown,
      }))
      return { ...counted, skipped: { ...view.skipped, [reason]: (view.skipped[reason] ?? 0) + 1 } }
    }
    case 'privacy-spent':
      return { ...view, privacy: { epsilon: event.epsilon, delta: event.delta } }
    case 'update-applied': {
      const { source, guidedEnergy, randomEnergy, digest } = event
      return withRound(view, { source, guidedEnergy, randomEnergy, digest })
    }
    case 'round-scheduled':
      return { ...view, virtualSeconds: event.endSeconds }
    case 'evaluated': {
      const measurement: Measurement = {
        round: event.round,
        virtualSeconds: view.virtualSeconds,
        accuracy: event.accuracy,
        loss: event.loss,
        forwardPasses: total(view.phones, 'forwardPasses'),
        bytesDown: total(view.phones, 'bytesDown'),
        bytesUp: total(view.phones, 'bytesUp'),
      }
      const reached = view.target === null && view.targetAccuracy !== null && event.accuracy >= view.targetAccuracy
      return { ...view, history: [...view.history, measurement], target: reached ? measurement : view.target }
    }
    case 'round-finished':
      return { ...view, virtualSeconds: event.virtualSeconds }
    case 'session-finished':
      return { ...view, finished: { stoppedBy: event.stoppedBy, digest: event.digest, wallSeconds: event.wallSeconds } }
  }
}

export function total(phones: readonly PhoneView[], quantity: 'forwardPasses' | 'bytesUp' | 'bytesDown'): number {
  return phones.reduce((sum, phone) => sum + phone[quantity], 0)
}

const NEW_PHONE = {
  state: 'waiting',
  idleBytes: 0,
  residentBytes: 0,
  peakBytes: 0,
  forwardPasses: 0,
  bytesUp: 0,
  bytesDown: 0,
  capHits: 0,
  restarts: 0,
  lastEnd: null,
} as const

const NEW_ROUND = { privateLoss: null, reports: 0, source: null, guidedEnergy: null, randomEnergy: null, bits: [], digest: null } as const

function withPhone(view: SessionView, index: number, change: (phone: PhoneView) => Partial<PhoneView>): SessionView {
  return { ...view, phones: view.phones.map((phone, i) => (i === index ? { ...phone, ...change(phone) } : phone)) }
}

function withRound(view: SessionView, change: Partial<RoundView>): SessionView {
  return { ...view, rounds: [...view.rounds.slice(0, -1), { ...view.rounds.at(-1)!, ...change }] }
}
