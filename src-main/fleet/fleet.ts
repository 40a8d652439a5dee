/**
 * The fleet: all phones of a session. A phone that fails is reported, left out of the rest of the round, and brought back before a later round with the
 * messages it missed. One that fails again and again rests for longer, and is out at last. Where there are more phones than slots, each phone starts when
 * it is asked for the first time.
 */
import { availableParallelism } from 'node:os'
import type { LabEvent } from '#shared/events/event.ts'
import type { EndReason } from '#shared/events/reasons.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { TrainRequest } from '#main/workers/protocol/train-request.ts'
import { MessageLog } from './message-log.ts'
import type { Phone } from './phone.ts'
import { Slots } from './slots.ts'
import { WorkerEnded } from './worker-process.ts'

/** The most starts of one phone in a session; a phone that needs more is out. */
const MAXIMUM_STARTS = 3

/** The result of bringing a phone up to date. */
interface CaughtUp {
  /** The bytes sent to bring it up to date: the missed messages, or a state where that is smaller. */
  readonly bytes: number
  /** Digest of its parameters; null where an older record doesn't tell. */
  readonly digest: string | null
}

/** A loss of a phone that a verified session repeats, as it happened when the session first ran. */
export interface ScriptedLoss {
  readonly phone: number
  readonly reason: EndReason
  readonly words: string
  readonly doing: string
}

export interface FleetOptions {
  /** The places in which phones take turns. @default each has its own */
  readonly slots?: Slots
  /** The messages that earlier runs sent. @default none was sent yet */
  readonly log?: MessageLog
  /** The losses to repeat, by the number of the request to all phones in which they happened, from 1. @default none */
  readonly losses?: ReadonlyMap<number, readonly ScriptedLoss[]>
  /** The cloud, whose memory is sampled along with the phones'; its `save` makes the log's saved state the newest one. */
  readonly companion?: { sampleMemory(): void; save(): Promise<unknown> }
}

export class Fleet {
  readonly phones: readonly Phone[]
  private readonly emit: (event: LabEvent) => void
  private readonly options: FleetOptions
  private readonly log: MessageLog
  private readonly slots: Slots
  private readonly up = new Set<Phone>()
  /** Phones that count as up, but get their first process only when they are asked. */
  private readonly unstarted = new Set<Phone>()
  /** Phones that were asked something since memory was sampled last. */
  private readonly active = new Set<Phone>()
  private readonly starts = new Map<Phone, number>()
  /** The number of processes of each phone that were killed from outside and replaced. */
  private readonly replaced = new Map<Phone, number>()
  /** The first round in which each phone that failed may start again. */
  private readonly restsUntil = new Map<Phone, number>()
  /** The number of messages of the log that each phone has. */
  private readonly received = new Map<Phone, number>()
  /** The digest of each phone's parameters after those messages, as the phone reported it. */
  private readonly told = new Map<Phone, string | null>()
  /** The saving of the cloud's newest state, while phones wait for it; else null. */
  private renewing: Promise<unknown> | null = null
  /** Indices of the phones that take part; null: all. */
  private selected: ReadonlySet<number> | null = null
  private round = 0
  /** The number of times that all phones were asked something. */
  private asked = 0
  private stopping = false

  constructor(phones: readonly Phone[], emit: (event: LabEvent) => void, options: FleetOptions = {}) {
    this.phones = phones
    this.emit = emit
    this.options = options
    this.log = options.log ?? new MessageLog()
    this.slots = options.slots ?? new Slots()
    for (const phone of phones) {
      phone.watch = {
        killed: (_, ended) => this.tellEnd(phone, { ...ended.reason, reason: ended.reason.kind, doing: ended.doing }, false),
        back: () => {
          this.replaced.set(phone, (this.replaced.get(phone) ?? 0) + 1)
          this.tellStart(phone, 0)
        },
      }
    }
  }

  /** True if there are fewer processes than phones, which take turns in them. */
  private get takesTurns(): boolean {
    return this.slots.count < this.phones.length
  }

  /** Starts every phone that is down and neither out nor resting. @returns the indices of the phones that are up, ascending */
  async startAvailable(round: number): Promise<number[]> {
    this.round = round
    if (this.takesTurns && this.starts.size === 0) this.postpone()
    const startable = this.phones.filter((phone) => !this.up.has(phone) && (this.starts.get(phone) ?? 0) < MAXIMUM_STARTS)
    const rested = startable.filter((phone) => (this.restsUntil.get(phone) ?? 0) <= round)
    // If no phone is up and none has rested long enough, resting ones start too, so that somebody works.
    await this.each(this.up.size + rested.length > 0 ? rested : startable, async (phone) => {
      this.starts.set(phone, (this.starts.get(phone) ?? 0) + 1)
      let bytesDown = 0
      try {
        const { bytes, renew } = this.catchUp(0)
        this.told.set(phone, await phone.start(this.log, renew))
        this.up.add(phone)
        this.received.set(phone, this.log.position)
        bytesDown = bytes
      } finally {
        // A process that ended while it loaded the model also counts as a start, and its idle size is known.
        this.tellStart(phone, bytesDown)
      }
    })
    return this.phones.filter((phone) => this.up.has(phone)).map(({ index }) => index)
  }

  /** Postpones every first start but that of the phone with the smallest cap: a cap that is too small shows before anything is computed. */
  private postpone(): void {
    const smallest = this.phones.reduce((least, phone) => (phone.cap.bytes < least.cap.bytes ? phone : least))
    for (const phone of this.phones.filter((other) => other !== smallest)) {
      this.starts.set(phone, 0)
      this.up.add(phone)
      this.unstarted.add(phone)
      this.received.set(phone, this.log.position)
    }
  }

  /** Starts a phone that is asked for the first time, where it stands. */
  private async startLate(phone: Phone): Promise<void> {
    if (!this.unstarted.delete(phone)) return
    this.starts.set(phone, 1)
    try {
      this.told.set(phone, await phone.start(this.log, undefined, this.received.get(phone)))
    } finally {
      this.tellStart(phone, 0)
    }
  }

  /**
   * Selects the phones that take part from now on, after bringing each up to date the cheaper way. The cloud must have applied every update of the
   * log.
   * @returns the phones that are up, by index
   */
  async select(phones: readonly number[]): Promise<Map<number, CaughtUp>> {
    this.selected = new Set(phones)
    return this.answers(async (phone) => {
      await this.startLate(phone)
      const { bytes, renew } = this.catchUp(this.received.get(phone)!)
      return { bytes, digest: await this.followed(phone, true, renew) }
    })
  }

  /** Returns the digest of the parameters of each phone that is up, by index, as it last reported it; null where an older record lacks it. */
  digests(): Map<number, string | null> {
    return new Map([...this.up].map((phone) => [phone.index, this.told.get(phone) ?? null]))
  }

  async broadcast(kind: 'direction', bytes: Uint8Array): Promise<void> {
    this.log.push({ kind, bytes })
    await this.follow()
  }

  /** @param most the number of probes of each phone that makes fewer than asked for, by index */
  probe(request: ProbeRequest, most?: ReadonlyMap<number, number>): Promise<Map<number, ProbeReport>> {
    return this.answers(async (phone) => {
      await this.startLate(phone)
      const fewer = most?.get(phone.index)
      return phone.probe(fewer === undefined ? request : { ...request, most: fewer })
    })
  }

  train(request: TrainRequest): Promise<Map<number, ProbeReport>> {
    return this.answers(async (phone) => {
      await this.startLate(phone)
      return phone.train(request)
    })
  }

  async update(bytes: Uint8Array): Promise<Map<number, string>> {
    this.log.push({ kind: 'update', bytes })
    const digests = await this.follow()
    return new Map([...digests].flatMap(([phone, digest]) => (digest === null ? [] : [[phone, digest]])))
  }

  maskKeys(): Promise<Map<number, Uint8Array>> {
    return this.answers(async (phone) => {
      await this.startLate(phone)
      return phone.maskKey()
    })
  }

  revealMasks(lost: readonly number[]): Promise<Map<number, Uint8Array>> {
    return this.answers((phone) => phone.revealMasks(lost))
  }

  /** Stops a phone whose answer was invalid. @param words a clause that follows its name */
  async refuse(index: number, words: string): Promise<void> {
    const phone = this.phones[index]!
    if (this.up.has(phone)) await this.lose(phone, { reason: 'garbage', words, doing: 'answering' })
  }

  sampleMemory(): void {
    for (const phone of this.takesTurns ? this.active : this.phones) {
      if (this.up.has(phone) && (this.takesTurns || phone.pid !== null)) this.sample(phone)
    }
    this.active.clear()
    this.options.companion?.sampleMemory()
  }

  async stop(): Promise<void> {
    this.stopping = true
    await Promise.all(this.phones.map((phone) => phone.stop()))
  }

  /** Has all phones that take part apply the newest messages. @returns the digests of their parameters, by index */
  private follow(): Promise<Map<number, string | null>> {
    return this.answers((phone) => this.followed(phone))
  }

  private async followed(phone: Phone, proves = false, renew?: (() => Promise<unknown>) | undefined): Promise<string | null> {
    const { position } = this.log
    // It gets the messages when it starts.
    const digest = this.unstarted.has(phone) ? null : await phone.follow(position, proves, renew)
    this.received.set(phone, position)
    // A phone without a process tells no digest, and the one that it told before is out of date.
    if (digest !== null || this.takesTurns) this.told.set(phone, digest)
    return digest
  }

  /** Computes the bytes that bring a phone to the newest position. @returns also `renew`, which makes the state that it needs for that, if any */
  private catchUp(from: number): { bytes: number; renew: (() => Promise<unknown>) | undefined } {
    const { by, bytes } = this.log.catchUp(from)
    return { bytes, renew: by === 'state' ? () => this.renew() : undefined }
  }

  /** Has the cloud save its newest state; phones that catch up at the same time share it. */
  private renew(): Promise<unknown> {
    const { companion } = this.options
    if (!companion || this.log.saved?.position === this.log.position) return Promise.resolve()
    return (this.renewing ??= companion.save().finally(() => (this.renewing = null)))
  }

  /** Asks the phones that take part. @returns their answers by index, without the phones that were lost meanwhile */
  private async answers<T>(ask: (phone: Phone) => Promise<T>): Promise<Map<number, T>> {
    const answers = new Map<number, T>()
    const asked = [...this.up].filter(({ index }) => this.selected?.has(index) ?? true)
    await this.each(asked, async (phone) => {
      answers.set(phone.index, await ask(phone))
      if (!this.unstarted.has(phone)) this.active.add(phone)
    })
    return answers
  }

  /** Runs `work` on each phone, as many at a time as there are cores; a phone whose process ends is taken down. */
  private async each(phones: readonly Phone[], work: (phone: Phone) => Promise<void>): Promise<void> {
    this.asked++
    const losses = this.options.losses?.get(this.asked) ?? []
    const waiting = phones.filter(({ index }) => losses.every(({ phone }) => phone !== index))
    const failures: unknown[] = []
    const lane = async (): Promise<void> => {
      for (let phone = waiting.shift(); phone && !this.stopping; phone = waiting.shift()) {
        try {
          await work(phone)
        } catch (error) {
          // A phone that ends because all of them are stopped is not lost.
          if (!(error instanceof WorkerEnded)) failures.push(error)
          else if (!this.stopping) await this.lose(phone, { ...error.reason, reason: error.reason.kind, doing: error.doing })
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), phones.length, this.slots.count) }, lane))
    for (const loss of losses) {
      const phone = this.phones[loss.phone]!
      if (this.unstarted.delete(phone) || (phones.includes(phone) && !this.up.has(phone))) this.countStart(phone)
      await this.lose(phone, loss)
    }
    if (failures.length > 0) throw failures[0]
  }

  /** Counts and reports a start that is not repeated, because the recorded loss happened during it. */
  private countStart(phone: Phone): void {
    this.starts.set(phone, (this.starts.get(phone) ?? 0) + 1)
    this.tellStart(phone, 0)
  }

  private async lose(phone: Phone, end: Omit<ScriptedLoss, 'phone'>): Promise<void> {
    this.up.delete(phone)
    await phone.stop()
    this.sample(phone)
    const starts = this.starts.get(phone)!
    this.restsUntil.set(phone, starts < 2 ? 0 : this.round + 2 ** (starts - 1))
    this.tellEnd(phone, end, starts >= MAXIMUM_STARTS, this.asked)
  }

  private tellStart(phone: Phone, bytesDown: number): void {
    const restarts = (this.starts.get(phone) ?? 1) - 1 + (this.replaced.get(phone) ?? 0)
    this.emit({ kind: 'phone-started', phone: phone.index, idleBytes: phone.idleBytes, restarts, bytesDown })
  }

  private tellEnd(phone: Phone, { reason, words, doing }: Omit<ScriptedLoss, 'phone'>, final: boolean, lostIn?: number): void {
    const about = { phone: phone.index, round: this.round, reason, words, doing, final }
    this.emit({ kind: 'phone-ended', ...about, ...(lostIn === undefined ? {} : { lostIn }) })
  }

  private sample(phone: Phone): void {
    const { index, peakBytes } = phone
    this.emit({ kind: 'memory-sampled', phone: index, residentBytes: phone.residentBytes(), peakBytes })
  }
}
