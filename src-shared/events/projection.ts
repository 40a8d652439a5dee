/** Folds events into what is shown. Live view, replay, report and export all use this fold, so they can't disagree. */
import type { DeviceState } from './device-state.ts'
import type { LabEvent } from './event.ts'
import { measured } from './bounded-samples.ts'
import { markerOf } from './timeline-markers.ts'
import { DETAILED_ROUNDS, EMPTY_VIEW, type Measurement, type PhoneView, type RoundView, type SessionView, total } from './session-view.ts'

export * from './session-view.ts'

/** Lists that grow with the session. */
type Lists = Pick<SessionView, 'phones' | 'rounds' | 'history' | 'markers'>
type Growing<K extends keyof Lists> = Lists[K][number][]

/**
 * A fold in progress. The views that it returned stay valid and never change: a list is copied when it first changes after a view was returned, so a
 * session of n events folds in O(n), and a view costs one copy of its lists.
 */
export class Projection {
  /** The folded state, whose `seq` is only updated when a view is asked for. */
  private state: SessionView
  private folded: number
  /** The names of the lists that no returned view shares. */
  private readonly own = new Set<keyof Lists>()

  /** @param from the view to continue from @default an empty view */
  constructor(from: SessionView = EMPTY_VIEW) {
    this.state = from
    this.folded = from.seq
  }

  get view(): SessionView {
    this.own.clear()
    if (this.state.seq !== this.folded) this.change({ seq: this.folded })
    return this.state
  }

  /** The number of events folded so far. */
  get seq(): number {
    return this.folded
  }

  addAll(events: Iterable<LabEvent>): this {
    for (const event of events) this.add(event)
    return this
  }

  add(event: LabEvent): this {
    const marker = markerOf(event, this.folded, this.state)
    this.fold(event)
    this.folded++
    if (marker) this.list('markers').push(marker)
    return this
  }

  private fold(event: LabEvent): void {
    switch (event.kind) {
      case 'session-started':
        this.own.clear()
        this.state = begun(event)
        break
      case 'session-resumed':
        this.change({ resumes: this.state.resumes + 1, finished: null })
        break
      case 'phone-started':
        this.changePhone(event.phone, ({ bytesDown }) => ({
          state: 'running',
          idleBytes: event.idleBytes,
          restarts: event.restarts,
          bytesDown: bytesDown + event.bytesDown,
        }))
        break
      case 'phone-ended':
        this.changePhone(event.phone, ({ capHits }) => ({
          state: event.final ? 'out' : 'down',
          residentBytes: 0,
          capHits: capHits + (event.reason === 'cap-hit' ? 1 : 0),
          lastEnd: `${event.words} while ${event.doing}`,
        }))
        break
      case 'phone-tuned':
        this.changePhone(event.phone, ({ numbers }) => ({ numbers: { ...numbers, ...event.change } }))
        break
      case 'memory-sampled':
        this.changePhone(event.phone, ({ peakBytes, memory }) => ({
          residentBytes: event.residentBytes,
          peakBytes: Math.max(peakBytes, event.peakBytes),
          memory: measured(memory, this.state.virtualSeconds, event.residentBytes, Math.max(peakBytes, event.peakBytes)),
        }))
        break
      case 'cloud-sampled': {
        const peakBytes = Math.max(this.state.cloud?.peakBytes ?? 0, event.peakBytes)
        const memory = measured(this.state.cloud?.memory ?? [], this.state.virtualSeconds, event.residentBytes, peakBytes)
        this.change({ cloud: { residentBytes: event.residentBytes, peakBytes, memory } })
        break
      }
      case 'round-started':
        this.list('rounds').push({ ...NEW_ROUND, round: event.round, plan: event.plan, asked: event.phones.length })
        this.forgetDetails()
        this.change({ round: event.round })
        break
      case 'bits-chosen': {
        const { bits, layerBytes, reasons = null, links = null } = event
        this.changeRound({ bits, layerBytes, reasons, links })
        break
      }
      case 'phone-reported': {
        const { privateLoss, reports } = this.state.rounds.at(-1)!
        const { loss } = event
        this.count(event)
        this.changeRound({
          privateLoss: loss === null ? privateLoss : ((privateLoss ?? 0) * reports + loss) / (reports + 1),
          reports: reports + 1,
        })
        break
      }
      case 'phone-skipped':
        this.count(event)
        this.change({ skipped: { ...this.state.skipped, [event.reason]: (this.state.skipped[event.reason] ?? 0) + 1 } })
        break
      case 'privacy-spent':
        this.change({ privacy: { epsilon: event.epsilon, delta: event.delta } })
        break
      case 'update-applied': {
        const { source, guidedEnergy, randomEnergy, guidedWeight = null, randomWeight = null, trust = null, learningRate, digest } = event
        this.changeRound({
          source: trust?.takenBack ? 'taken-back' : source,
          guidedEnergy,
          randomEnergy,
          guidedWeight,
          randomWeight,
          trust,
          learningRate,
          digest,
        })
        break
      }
      case 'round-scheduled': {
        const { startSeconds, endSeconds, overlapRatio, metrics, devices = [] } = event
        const { exposedSeconds = null, hiddenSeconds = null } = metrics ?? {}
        this.changeRound({ startSeconds, endSeconds, overlapRatio, exposedSeconds, hiddenSeconds })
        this.change({ virtualSeconds: endSeconds })
        this.charge(devices)
        break
      }
      case 'evaluated':
        this.measure(event)
        break
      case 'round-finished':
        this.change({ virtualSeconds: event.virtualSeconds })
        break
      case 'session-finished':
        this.change({ finished: { stoppedBy: event.stoppedBy, digest: event.digest, wallSeconds: event.wallSeconds } })
        break
      case 'cloud-ended':
        break
    }
  }

  private charge(devices: readonly DeviceState[]): void {
    if (devices.length === 0) return
    const states = new Map(devices.map((state) => [state.device, state]))
    this.state.phones.forEach(({ id }, index) => {
      const state = states.get(id)
      if (!state) return
      const { heat, totalJoules: energyJoules, batteryShare } = state
      this.changePhone(index, () => ({ heat, energyJoules, batteryShare }))
    })
  }

  private measure({ round, accuracy, loss }: Extract<LabEvent, { kind: 'evaluated' }>): void {
    const { phones, target, targetAccuracy, virtualSeconds } = this.state
    const measurement: Measurement = {
      round,
      virtualSeconds,
      accuracy,
      loss,
      forwardPasses: total(phones, 'forwardPasses'),
      bytesDown: total(phones, 'bytesDown'),
      bytesUp: total(phones, 'bytesUp'),
      ...(phones.some(({ energyJoules }) => energyJoules > 0) ? { energyJoules: total(phones, 'energyJoules') } : {}),
    }
    this.list('history').push(measurement)
    if (target === null && targetAccuracy !== null && accuracy >= targetAccuracy) this.change({ target: measurement })
  }

  private count(done: {
    readonly phone: number
    readonly forwardPasses: number
    readonly bytesUp: number
    readonly bytesDown: number
  }): void {
    this.changePhone(done.phone, ({ forwardPasses, bytesUp, bytesDown }) => ({
      forwardPasses: forwardPasses + done.forwardPasses,
      bytesUp: bytesUp + done.bytesUp,
      bytesDown: bytesDown + done.bytesDown,
    }))
  }

  /** Drops the details of the round that is no longer among the newest. */
  private forgetDetails(): void {
    const rounds = this.list('rounds')
    const old = rounds.length - 1 - DETAILED_ROUNDS
    if (old >= 0) rounds[old] = { ...rounds[old]!, reasons: null, links: null }
  }

  private change(change: Partial<SessionView>): void {
    this.state = { ...this.state, ...change }
  }

  private changePhone(index: number, change: (phone: PhoneView) => Partial<PhoneView>): void {
    const phones = this.list('phones')
    const phone = phones[index]
    if (phone) phones[index] = { ...phone, ...change(phone) }
  }

  private changeRound(change: Partial<RoundView>): void {
    const rounds = this.list('rounds')
    rounds[rounds.length - 1] = { ...rounds.at(-1)!, ...change }
  }

  /** Returns a list that may be changed in place, since no returned view shares it. */
  private list<K extends keyof Lists>(name: K): Growing<K> {
    if (!this.own.has(name)) {
      this.change({ [name]: [...this.state[name]] })
      this.own.add(name)
    }
    return this.state[name] as Growing<K>
  }
}

function begun({
  scenario,
  session,
  parameters,
  layers,
  rows,
  data,
  labels,
  fresh,
  phones,
  processes,
}: Extract<LabEvent, { kind: 'session-started' }>): SessionView {
  return {
    ...EMPTY_VIEW,
    session,
    name: scenario.name,
    method: scenario.method.kind,
    seed: scenario.seed,
    scenario,
    labels,
    plannedRounds: scenario.stop.rounds,
    targetAccuracy: scenario.stop.targetAccuracy ?? null,
    parameters,
    layers,
    rows,
    ...(data ? { data } : {}),
    fresh,
    phones: phones.map((phone) => ({ ...phone, ...NEW_PHONE })),
    ...(processes === undefined ? {} : { processes }),
  }
}

const NEW_PHONE = {
  state: 'waiting',
  idleBytes: 0,
  residentBytes: 0,
  peakBytes: 0,
  memory: [],
  forwardPasses: 0,
  bytesUp: 0,
  bytesDown: 0,
  capHits: 0,
  restarts: 0,
  lastEnd: null,
  heat: 0,
  energyJoules: 0,
  batteryShare: null,
  numbers: {},
} as const

const NEW_ROUND = {
  privateLoss: null,
  reports: 0,
  source: null,
  guidedEnergy: null,
  randomEnergy: null,
  guidedWeight: null,
  randomWeight: null,
  trust: null,
  learningRate: null,
  bits: [],
  layerBytes: [],
  reasons: null,
  links: null,
  digest: null,
  startSeconds: null,
  endSeconds: null,
  overlapRatio: null,
  exposedSeconds: null,
  hiddenSeconds: null,
} as const
